/* SPDX-License-Identifier: MIT */
/* What `--follow` prints: a line for each thing that happened. */
#ifndef SYNACKCTL_EVENTS_H
#define SYNACKCTL_EVENTS_H

#include "screen.h"

#include <jansson.h>

/* `06:07:13.123456  17  127.0.0.1:50036 > 127.0.0.1:7002  S 0:0(0) win 65495  held by
 * synack-delay`, or a connection's move, or how many records were lost. */
void event_print(const json_t *event, const struct screen *screen, struct text *out);

#endif
