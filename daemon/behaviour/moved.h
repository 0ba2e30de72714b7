/* SPDX-License-Identifier: MIT */
/* moved: the text of a TRACE_STATE or TRACE_ATTEMPT record: addresses and ports of the connection
 * or attempt, its endpoint and its behaviour. */
#ifndef SYNACKD_BEHAVIOUR_MOVED_H
#define SYNACKD_BEHAVIOUR_MOVED_H

#include "behaviour/rule.h"
#include "tcp/flow.h"
#include "trace/trace.h"

/* Returns the number of octets of the text: at most TRACE_SNAP. */
size_t moved_size(const struct ruleset *rules);
/* Writes the text of moved_size() octets. If `rules` is NULL or has no endpoint, both names are "".
 * Names that do not fit are truncated. */
void moved_write(uint8_t *out, const struct flow_key *key, const struct ruleset *rules);

struct moved {
	struct flow_key key;
	char endpoint[TRACE_SNAP];
	char behaviour[TRACE_SNAP];
};

/* Reads the text. Returns false if the record has none. */
bool moved_read(const struct trace_record *r, struct moved *out);

#endif
