/* SPDX-License-Identifier: MIT */
/*
 * Clients that are told what happens, as it happens: they are sent notifications of the method
 * `follow`. The workers' traces are read a few times a second while there is one, merged in order
 * of time, and so much of them at a time that the main thread has time for others. What a ring lost
 * before it was read, and what a slow client left no room for, is counted, and the client is told
 * how much that was: {"lost": N}.
 */
#ifndef SYNACKD_CONTROL_FOLLOW_H
#define SYNACKD_CONTROL_FOLLOW_H

#include "control/verbs.h"

void verb_follow(void *context, const json_t *params, struct control_reply *reply);
/* Log how connections move, if the log's level is debug, until it is another one or feed_free():
 * call it at the start, when the workers run, and when the level may have changed. */
void feed_log(struct verb_context *v);
unsigned feed_followers(const struct feed *f); /* NULL: 0 */
void feed_free(struct feed *f);                /* no client follows; NULL is fine */

#endif
