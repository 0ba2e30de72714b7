/* SPDX-License-Identifier: MIT */
/* Verdicts on a trace as JSON: for the verb `verdicts`, and for reports. */
#ifndef SYNACKD_CONTROL_JUDGED_H
#define SYNACKD_CONTROL_JUDGED_H

#include "judge/judge.h"
#include "runtime/live_state.h"

#include <jansson.h>

/* Of which connections; zeroed it is none's. */
struct judged_question {
	struct prefix client;
	bool any_client;
	uint16_t port;        /* of the client; 0: any */
	const char *endpoint; /* its name; NULL: all */
	nstime since;         /* those that began then, or later */
	bool traces;          /* with the segments of those with something that is not well */
	unsigned most;        /* connections and verdicts together, the newest; 0: all */
	struct judge_rules rules;
};

/*
 * {"connections": [...]}, an object for each with its verdicts, in the order in which they began;
 * with "cut": true when there were more than `most`, and "kept_since" when what was before is
 * not in the trace, or was too much. All of the client's connections in `t`, which
 * goes up to `now`, are judged, whichever are asked for: a clause may look at several. NULL: there
 * is no memory for that.
 */
json_t *describe_judged(struct daemon *d, const struct trace *t, nstime now,
			const struct judged_question *q);

json_t *describe_requirement(const struct requirement *r);

#endif
