/* SPDX-License-Identifier: MIT */
/* color: colours by meaning, the same in all commands. */
#ifndef SYNACKCTL_COLOR_H
#define SYNACKCTL_COLOR_H

#include "screen.h"

enum color {
	COLOR_PLAIN,
	COLOR_TITLE, /* headings, states */
	COLOR_FAINT, /* less important */
	COLOR_GOOD,
	COLOR_ODD,  /* a behaviour, a rule */
	COLOR_WAIT, /* held, delayed */
	COLOR_BAD,  /* dropped, reset, problems */
};

/* Adds `s` in a colour, or plain if the screen has no colour. */
void color_add(struct text *out, const struct screen *screen, enum color color, const char *s);

#endif
