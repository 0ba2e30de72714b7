/* SPDX-License-Identifier: MIT */
/* screen: properties of an output, and the width of text on it. */
#ifndef SYNACKCTL_SCREEN_H
#define SYNACKCTL_SCREEN_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct screen {
	unsigned width; /* columns; 0 if unlimited */
	bool utf8;      /* else ASCII only */
	bool color;
};

/* AUTO: colour if the output is a terminal and $NO_COLOR is not set. */
enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Sets the choice for all later calls of screen_of(). */
void screen_use_color(enum color_when when);

/* Returns the properties of `f`: the width from $COLUMNS or the terminal, the character set of the
 * locale (setlocale() must have been called), and colour. */
struct screen screen_of(FILE *f);

/* Returns true if the screen has fewer columns than this. */
static inline bool screen_is_under(const struct screen *s, unsigned columns)
{
	return s->width && s->width < columns;
}

/* Return the number of columns of `s`, or of its first `n` octets. */
size_t columns(const char *s);
size_t columns_n(const char *s, size_t n);

/* Returns a copy of `s` with a `?` for each control character and each character that the locale
 * cannot display. A text of the daemon can contain octets from the network, which must never
 * control the terminal. The caller frees the copy. */
char *printable(const char *s);

/* Returns the number of octets of the first line of `s`, if lines have at most `width` columns. The
 * line ends before the last space that fits, or after the last comma or plus sign that fits; else
 * after as many characters as fit, but at least one. The next line begins after the spaces that
 * follow. */
size_t line_break(const char *s, size_t width);

/* Adds `c` n times. */
void text_repeat(struct text *t, const char *c, size_t n);

#endif
