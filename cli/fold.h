/* SPDX-License-Identifier: MIT */
/* fold: breaks lines that are wider than the screen. */
#ifndef SYNACKCTL_FOLD_H
#define SYNACKCTL_FOLD_H

#include "base/text.h"

/* Adds `s`, with each line broken by line_break() to at most `width` columns, or unbroken if
 * `width` is 0. A continuation line is indented two columns more than the line. Escape sequences
 * for colours take no columns, and remain in force after a break. */
void fold_add(struct text *out, const char *s, unsigned width);

/* Adds an indented command line. It is broken only between words, with a backslash before the line
 * end, so that a shell accepts the text. */
void fold_add_command(struct text *out, const char *s, unsigned width);

/* Adds paragraphs, which empty lines separate. Line ends within a paragraph become spaces, and the
 * paragraph is filled again. A line that begins with a space is a command line. */
void fold_add_paragraphs(struct text *out, const char *s, unsigned width);

#endif
