/* SPDX-License-Identifier: MIT */
/* What the trace says of the packets and of the states of a connection. Private to engine/. */
#ifndef SYNACKD_ENGINE_RECORD_H
#define SYNACKD_ENGINE_RECORD_H

#include "behaviour/apply.h"
#include "link/frame.h"
#include "tcp/flow.h"
#include "trace/trace.h"

struct responder;

/* The connection that a packet belongs to, as it is now, or as it was when it ended. */
struct origin {
	uint64_t flow;    /* its id; 0: the packet belongs to none, */
	uint64_t attempt; /* but to the attempt with this id; 0: nor to one */
	struct flow_key key;
	uint32_t iss, irs;
	struct path path; /* the way to the client */
	uint8_t state;    /* enum tcp_state */
	bool validated;   /* the client has proved its address: struct session's */
	bool asked;       /* struct flow's */
};

/* A packet that came in, and what became of it. `causes` may be NULL. */
void record_in(struct responder *r, const struct origin *from, enum trace_fate fate,
	       const struct causes *causes, const struct frame *f);

/* A packet of `len` octets on its way out. */
void record_out(struct responder *r, const struct origin *from, enum trace_fate fate,
		const struct causes *causes, const uint8_t *packet, size_t len);

/* The machine now does `op`, which a rule asked for. */
void record_op(struct responder *r, const struct origin *from, const struct rule_machine *op);

/* An attempt begins that is no connection, or none yet. Its client meets these rules; NULL: it asks
 * for a port without an endpoint. */
void record_attempt(struct responder *r, const struct origin *from, const struct ruleset *rules);

/* Count, and log, the segments that the plan refused to take from the rules. */
void record_refused(struct responder *r, const struct plan *plan, const struct ruleset *rules);

/* The states that the machine entered, each with the text of the rules. */
void record_moves(struct responder *r, const struct origin *from, const struct plan *plan,
		  const struct ruleset *rules);

#endif
