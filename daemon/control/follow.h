/* SPDX-License-Identifier: MIT */
/*
 * follow: sends events to clients as they happen, as notifications of the method `follow`.
 *
 * While a client follows, the main thread reads the workers' traces several times per second,
 * merges them in order of time, and limits the work of each turn. Records that a ring lost before
 * they were read, and records for which the output of a slow client had no room, are counted and
 * reported to the client: {"lost": N}.
 */
#ifndef SYNACKD_CONTROL_FOLLOW_H
#define SYNACKD_CONTROL_FOLLOW_H

#include "control/verbs.h"

void verb_follow(void *context, const json_t *params, struct control_reply *reply);
/* Starts or stops logging the state changes of connections, according to the log level (debug).
 * Call it at the start, when the workers run, and when the level may have changed. */
void feed_log(struct verb_context *v);
unsigned feed_followers(const struct feed *f); /* clients that follow; NULL: 0 */
void feed_free(struct feed *f);                /* no client may follow; NULL is ignored */

#endif
