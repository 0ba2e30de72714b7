/* SPDX-License-Identifier: MIT */
/* events: the lines that --follow prints. */
#ifndef SYNACKCTL_EVENTS_H
#define SYNACKCTL_EVENTS_H

#include "screen.h"

#include <jansson.h>

/*
 * Adds the line of an event: a segment, a change of state, a note, or a number of lost records:
 *
 * 06:07:13.123456     17  127.0.0.1:50036 > 127.0.0.1:7002  S 0:0(0) win 65495  held by NAME
 */
void event_print(const json_t *event, const struct screen *screen, struct text *out);

#endif
