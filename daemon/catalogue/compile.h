/* SPDX-License-Identifier: MIT */
/* Compiles the behaviour of an endpoint, as the operator wrote it, to a ruleset. */
#ifndef SYNACKD_CATALOGUE_COMPILE_H
#define SYNACKD_CATALOGUE_COMPILE_H

#include "catalogue/catalogue.h"

/*
 * Compile what an operator wrote, `synack-delay=3s+close-merged`, `name(a=1,b=2)`, upon an
 * endpoint's own settings and service (both copied). Returns a ruleset with one reference, or NULL
 * with errors in `diag`, under file, line and key (NULL file: live, from the CLI). An unknown name
 * gets a "did you mean".
 */
struct ruleset *behaviour_compile(const struct catalogue *c, const char *text,
				  const struct tcp_settings *tcp, const struct service *service,
				  struct diag *diag, const char *file, unsigned line,
				  const char *key);

/* Compile a definition with the default parameters, so that what is wrong in it is said where it
 * stands, and note it as broken then. What it extends is looked for in the catalogue. */
void behaviour_check(const struct catalogue *c, struct behaviour *b, struct diag *diag);

#endif
