/* SPDX-License-Identifier: MIT */
#ifndef SYNACKCTL_LADDER_H
#define SYNACKCTL_LADDER_H

#include "screen.h"

#include <jansson.h>

/*
 * Add the ladder diagram of a trace, the result of the method of that name: the client's line on
 * the left, the server's on the right, an arrow for each segment, and beside it what a rule did to
 * it and where the server went. 100 columns when the screen has no width.
 */
void ladder_draw(const json_t *trace, const struct screen *screen, struct text *out);

#endif
