/* SPDX-License-Identifier: MIT */
/* complete: completion of the command line, for bash, zsh and fish. */
#ifndef SYNACKCTL_COMPLETE_H
#define SYNACKCTL_COMPLETE_H

#include "base/text.h"

#define COMPLETE "__complete" /* shells run this command, with the words up to the cursor */

/*
 * Adds the completions of the last of `words`, which may be empty. Each is a line,
 * `WORD<TAB>description`. A first line `:open` states that `=` or `+` can follow a word. Instead,
 * the only line can be `:files` (complete file names) or `:command N` (the words from index N are a
 * command line of their own). Names come from the daemon that the words select. If that daemon does
 * not answer, names of behaviours come from the installed catalogue.
 */
void complete(int words, char *const word[], struct text *out);

#endif
