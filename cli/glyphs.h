/* SPDX-License-Identifier: MIT */
/* glyphs: the signs of the ladder, in Unicode or ASCII. */
#ifndef SYNACKCTL_GLYPHS_H
#define SYNACKCTL_GLYPHS_H

#include "screen.h"
#include "story.h"

struct glyphs {
	const char *bar, *from_left, *from_right, *line, *dash, *right, *left;
	const char *stops, *answered, *waits; /* at the end of an arrow, beside the server */
	const char *gap, *dot;
};

/* Returns the glyphs that the screen can display. */
const struct glyphs *glyphs_of(const struct screen *screen);

/* Returns the sign at the end of the arrow of this segment, beside the server. */
const char *glyphs_end(const struct glyphs *g, const struct step *s);

/* The signs in a ladder that the legend explains. */
struct signs {
	bool fate[FATE_COUNT]; /* of segments with this fate */
	bool off_wire;         /* of segments that were not on the wire */
};

/* Adds the legend: `; ✗ dropped, refused; ○ waits`. */
void glyphs_explain(const struct glyphs *g, const struct signs *drawn, struct text *out);

#endif
