/* SPDX-License-Identifier: MIT */
/* judged: verdicts on a trace as JSON, for the verb `verdicts` and for reports. */
#ifndef SYNACKD_CONTROL_JUDGED_H
#define SYNACKD_CONTROL_JUDGED_H

#include "judge/judge.h"
#include "runtime/live_state.h"

#include <jansson.h>

/* The selection of connections, and the rules of the judgment. It owns its pointers, or has
 * references, so any thread may use it. A zeroed struct selects no client. */
struct judged_question {
	struct prefix client;
	bool any_client;
	uint16_t port;  /* port of the client; 0: any */
	char *endpoint; /* owned; name of an endpoint; NULL: all */
	nstime since;   /* connections that began then or later */
	bool traces;    /* include the segments of connections with a fault */
	unsigned most;  /* limit of connections and verdicts together, the newest first; 0: none */
	struct judge_rules rules;         /* the profile is set when the judgment begins */
	struct profile profile;           /* owned; no name: no profile */
	struct endpoint_index *endpoints; /* counted reference */
};

/* Adds copies of the daemon's data: its endpoints, and the profile of this name (NULL: none), which
 * must exist. Returns false if memory runs out; the caller then also calls judged_question_free().
 * Call it in the main thread. */
bool judged_question_fill(struct judged_question *q, struct daemon *d, const char *profile);
void judged_question_free(struct judged_question *q);

/*
 * Returns {"connections": [...]}: an object for each connection with its verdicts, in the order in
 * which they began. "cut" is true if there were more than `most`. "kept_since" is present if older
 * records are not in the trace, or were too many.
 *
 * `now` is the end of the trace `t`. A clause may examine all connections of the client in the
 * trace, not only the selected ones. Connections are judged from the newest to the oldest, until
 * `most` is reached. Returns NULL if memory runs out, or another thread set *stop (`stop` may be
 * NULL).
 */
json_t *describe_judged(const struct trace *t, nstime now, const struct judged_question *q,
			const bool *stop);

json_t *describe_requirement(const struct requirement *r);

#endif
