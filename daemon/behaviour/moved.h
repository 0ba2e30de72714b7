/* SPDX-License-Identifier: MIT */
/* The text of a TRACE_STATE record, and of a TRACE_ATTEMPT: the ends of the connection or attempt,
 * its endpoint and its behaviour. */
#ifndef SYNACKD_BEHAVIOUR_MOVED_H
#define SYNACKD_BEHAVIOUR_MOVED_H

#include "behaviour/rule.h"
#include "tcp/flow.h"
#include "trace/trace.h"

/* Write it for these rules (NULL: there is no endpoint, and both texts are ""). Returns the octets
 * used. Texts that are too long for a record are cut. */
size_t moved_write(uint8_t out[static TRACE_SNAP], const struct flow_key *key,
		   const struct ruleset *rules);

struct moved {
	struct flow_key key;
	char endpoint[TRACE_SNAP];
	char behaviour[TRACE_SNAP];
};

/* Read it; false when the record holds none. */
bool moved_read(const struct trace_record *r, struct moved *out);

#endif
