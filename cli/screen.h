/* SPDX-License-Identifier: MIT */
/* Where the output goes, and how wide text is on it. */
#ifndef SYNACKCTL_SCREEN_H
#define SYNACKCTL_SCREEN_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct screen {
	unsigned width; /* columns; 0: as many as are needed */
	bool utf8;      /* else ASCII only */
	bool color;
};

/* When there is colour: on a terminal without $NO_COLOR, or as the user says. */
enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* From now on for all that screen_of() describes. */
void screen_use_color(enum color_when when);

/* What `f` is: $COLUMNS or the terminal's width, the locale's character set (setlocale comes
 * first), and whether there is colour. */
struct screen screen_of(FILE *f);

/* Has it fewer columns than that? */
static inline bool screen_is_under(const struct screen *s, unsigned columns)
{
	return s->width && s->width < columns;
}

/* The columns that `s`, or its first `n` octets, take. */
size_t columns(const char *s);
size_t columns_n(const char *s, size_t n);

/* A copy of `s` without control characters or what the locale cannot show: a `?` stands for each.
 * What a daemon says may hold octets from the network, and they never drive the terminal. */
char *printable(const char *s);

/*
 * The number of octets of `s` that make its first line of at most `width` columns: up to the last
 * space, or behind the last comma or plus sign, that fits; else as many characters as fit, at least
 * one. The next line begins behind the spaces that follow.
 */
size_t line_break(const char *s, size_t width);

/* Add `c` n times. */
void text_repeat(struct text *t, const char *c, size_t n);

#endif
