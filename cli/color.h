/* SPDX-License-Identifier: MIT */
/* Colours by what they mean, so that each means the same in every command. */
#ifndef SYNACKCTL_COLOR_H
#define SYNACKCTL_COLOR_H

#include "screen.h"

enum color {
	COLOR_PLAIN,
	COLOR_TITLE, /* headings, states */
	COLOR_FAINT, /* what can be skipped */
	COLOR_GOOD,
	COLOR_ODD,  /* a behaviour at work */
	COLOR_WAIT, /* held, delayed */
	COLOR_BAD,  /* dropped, reset, problems */
};

/* Add `s` in a colour, when the screen has any. */
void color_add(struct text *out, const struct screen *screen, enum color color, const char *s);

#endif
