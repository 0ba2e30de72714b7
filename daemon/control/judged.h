/* SPDX-License-Identifier: MIT */
/* Verdicts on a trace as JSON: for the verb `verdicts`, and for reports. */
#ifndef SYNACKD_CONTROL_JUDGED_H
#define SYNACKD_CONTROL_JUDGED_H

#include "judge/judge.h"
#include "runtime/live_state.h"

#include <jansson.h>

/* The connections and the rules of a judgment. It borrows nothing, so any thread may judge by it;
 * zeroed it is about no client. */
struct judged_question {
	struct prefix client;
	bool any_client;
	uint16_t port;            /* of the client; 0: any */
	char *endpoint;           /* owned; its name; NULL: all */
	nstime since;             /* those that began then, or later */
	bool traces;              /* with the segments of each with a fault */
	unsigned most;            /* connections and verdicts together, the newest; 0: all */
	struct judge_rules rules; /* its profile is set when the question is judged */
	struct profile profile;   /* owned; without a name: none */
	struct endpoint_index *endpoints; /* counted */
};

/* Add what is borrowed from the daemon: its endpoints, and of the config the profile of this name
 * (NULL: none), which exists. Returns false if memory runs out; judged_question_free() all the
 * same. In the main thread. */
bool judged_question_fill(struct judged_question *q, struct daemon *d, const char *profile);
void judged_question_free(struct judged_question *q);

/*
 * {"connections": [...]}, an object for each with its verdicts, in the order in which they began;
 * with "cut": true when there were more than `most`, and "kept_since" when what was before is not
 * in the trace, or was too much. The trace `t` goes up to `now`. A clause may look at all of the
 * client's connections in it, whichever are asked for. The newest are judged first, and no more of
 * them than are told. Returns NULL if memory runs out, or another thread set *stop (NULL: none
 * does).
 */
json_t *describe_judged(const struct trace *t, nstime now, const struct judged_question *q,
			const bool *stop);

json_t *describe_requirement(const struct requirement *r);

#endif
