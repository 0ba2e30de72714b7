/* SPDX-License-Identifier: MIT */
/* What a shell offers for the word that is being typed: the same for bash, zsh and fish. */
#ifndef SYNACKCTL_COMPLETE_H
#define SYNACKCTL_COMPLETE_H

#include "base/text.h"

#define COMPLETE "__complete" /* what shells run, with the words before the cursor */

/*
 * Add what may stand for the last of `words`, which may be empty, behind the others: a line each,
 * `WORD<TAB>what it is`; with `:open` before them, a word may go on, with a `=` or a `+`. Or one
 * line: `:files`, a file's name; `:command N`, the words from the Nth on are a command line of
 * their own. Names come from the daemon that the words mean; when it cannot be asked, behaviours do
 * from the catalogue that is installed.
 */
void complete(int words, char *const word[], struct text *out);

#endif
