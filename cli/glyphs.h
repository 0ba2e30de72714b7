/* SPDX-License-Identifier: MIT */
/* The signs that a ladder is drawn with. */
#ifndef SYNACKCTL_GLYPHS_H
#define SYNACKCTL_GLYPHS_H

#include "screen.h"
#include "story.h"

struct glyphs {
	const char *bar, *from_left, *from_right, *line, *dash, *right, *left;
	const char *stops, *answered, *waits; /* at the server's end of an arrow */
	const char *gap, *dot;
};

/* The glyphs that the screen can show. */
const struct glyphs *glyphs_of(const struct screen *screen);

/* The sign at the server's end of the arrow of this segment. */
const char *glyphs_end(const struct glyphs *g, const struct step *s);

/* Which signs were drawn that need a word. */
struct signs {
	bool fate[FATE_COUNT]; /* of such segments */
	bool off_wire;         /* of segments off the wire */
};

/* Add what they stand for: `; ✗ dropped, refused; ○ waits`. */
void glyphs_explain(const struct glyphs *g, const struct signs *drawn, struct text *out);

#endif
