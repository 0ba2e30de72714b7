/* SPDX-License-Identifier: MIT */
/* compile: compiles the behaviours of an endpoint to a ruleset. */
#ifndef SYNACKD_CATALOGUE_COMPILE_H
#define SYNACKD_CATALOGUE_COMPILE_H

#include "catalogue/catalogue.h"

/*
 * Compiles a text such as `synack-delay=3s+close-merged` or `name(a=1,b=2)`, on top of the settings
 * and the service of the endpoint, which are copied. Returns a ruleset with one reference. Returns
 * NULL if there are errors; these are in `diag`, under file, line and key (NULL file: the text is
 * from the CLI). The error about an unknown name suggests a similar one.
 */
struct ruleset *behaviour_compile(const struct catalogue *c, const char *text,
				  const struct tcp_settings *tcp, const struct service *service,
				  struct diag *diag, const char *file, unsigned line,
				  const char *key);

/* Compiles a definition with its default parameters. Errors are reported with their line in the
 * definition, and set b->broken. The behaviours that it extends must be in the catalogue. */
void behaviour_check(const struct catalogue *c, struct behaviour *b, struct diag *diag);

#endif
