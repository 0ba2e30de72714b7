/* SPDX-License-Identifier: MIT */
/*
 * time_waits: replaces sessions in TIME-WAIT by small records, and back. Private to engine/.
 *
 * At the end of the turn in which a session enters TIME-WAIT, a struct tcp_time_wait replaces it,
 * and its service ends. An event expands the record into a session until the end of its turn. A
 * session that a record cannot represent remains a session.
 *
 * limits.time_wait_max bounds the records. At the bound, the record whose TIME-WAIT ends first is
 * deleted silently; with a single duration of TIME-WAIT, this is the oldest.
 * Flows that a SYN replaced until it opens (flow_yield()) are at most YIELDED_MAX more.
 */
#ifndef SYNACKD_ENGINE_TIME_WAITS_H
#define SYNACKD_ENGINE_TIME_WAITS_H

#include "engine/session.h"

/* Replaces a record by a session until flow_settle() or the end of the flow, and returns that. At
 * most one flow is expanded at a time. */
struct flow *flow_expand_record(struct responder *r, struct flow *f);

/* Does the same for a record. Returns `f`, which may be NULL, if it is not a record. */
static inline struct flow *flow_expand(struct responder *r, struct flow *f)
{
	return f && f->kind == FLOW_TIME_WAIT ? flow_expand_record(r, f) : f;
}

/* Ends the turn of a flow. Replaces a session in TIME-WAIT by a record, if a record can represent
 * it; otherwise sets the timer of the flow. An expanded session that must remain a session counts
 * in limits.connections_max. If there is no space for it, counts that, and deletes the flow. */
void flow_settle(struct responder *r, struct flow *f);

/* Returns false for a flow that no SYN replaces. */
static inline bool flow_may_yield(const struct flow *f)
{
	return f->state == STATE_TIME_WAIT || f->state == STATE_CLOSED;
}

/* Decides if a SYN replaces a connection: one in TIME-WAIT, or a CLOSED one that a rule keeps. If
 * so, removes it from the table and sets *f to NULL. Returns the flow if it was in TIME-WAIT, for
 * flow_yield() or flow_return(); otherwise returns NULL. The flow must be expanded. */
struct flow *flow_yields(struct responder *r, struct flow **f, const struct segment *seg);

#endif
