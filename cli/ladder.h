/* SPDX-License-Identifier: MIT */
/* ladder: draws a trace as a ladder diagram. */
#ifndef SYNACKCTL_LADDER_H
#define SYNACKCTL_LADDER_H

#include "screen.h"

#include <jansson.h>

/* Adds the ladder diagram of a trace, which is a result of METHOD_TRACE. The client is on the left
 * and the server on the right. Each segment is an arrow; beside it stand the effect of rules on it
 * and the new state of the server. The diagram has 100 columns if the width of the screen is
 * unknown. */
void ladder_draw(const json_t *trace, const struct screen *screen, struct text *out);

#endif
