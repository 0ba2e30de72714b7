/* SPDX-License-Identifier: MIT */
/* help: the text of --help. */
#ifndef SYNACKCTL_HELP_H
#define SYNACKCTL_HELP_H

#include "commands.h"

/* Adds the help of a command, or of synackctl if `command` is NULL, in lines of at most `width`
 * columns. */
void help_add(const struct command *command, unsigned width, struct text *out);

#endif
