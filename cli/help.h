/* SPDX-License-Identifier: MIT */
/* The text of --help. */
#ifndef SYNACKCTL_HELP_H
#define SYNACKCTL_HELP_H

#include "commands.h"

/* Add the help of a command, or of synackctl if `command` is NULL, in lines of at most `width`
 * columns. */
void help_add(const struct command *command, unsigned width, struct text *out);

#endif
