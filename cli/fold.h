/* SPDX-License-Identifier: MIT */
/* Lines that are too long for the screen go on in further lines. */
#ifndef SYNACKCTL_FOLD_H
#define SYNACKCTL_FOLD_H

#include "base/text.h"

/*
 * Add `s` to `out`, with each of its lines in as many lines of at most `width` columns as it needs
 * (0: the lines stay as they are). A line is broken as line_break() breaks it; what follows is
 * indented as its beginning is, and by two columns more. Colours take no columns, and last over a
 * break.
 */
void fold_add(struct text *out, const char *s, unsigned width);

/*
 * Add a command line, which is indented. Where it is too long it is broken between two words, with
 * a backslash in front of the line end, so that a shell takes what is shown.
 */
void fold_add_command(struct text *out, const char *s, unsigned width);

/* Add paragraphs, which blank lines separate: the line ends within one are blanks, and the text is
 * broken anew. Lines that begin with a blank are command lines. */
void fold_add_paragraphs(struct text *out, const char *s, unsigned width);

#endif
