/* SPDX-License-Identifier: MIT */
#include "color.h"

static const char *const codes[] = {
	[COLOR_PLAIN] = "",        [COLOR_TITLE] = "\033[1m", [COLOR_FAINT] = "\033[2m",
	[COLOR_GOOD] = "\033[32m", [COLOR_ODD] = "\033[33m",  [COLOR_WAIT] = "\033[35m",
	[COLOR_BAD] = "\033[31m",
};

void color_add(struct text *out, const struct screen *screen, enum color color, const char *s)
{
	bool colored = screen->color && color != COLOR_PLAIN && *s;

	if (colored)
		text_add(out, codes[color]);
	text_add(out, s);
	if (colored)
		text_add(out, "\033[0m");
}
