/* SPDX-License-Identifier: MIT */
/* record: writes packets and state changes of a connection to the trace. Private to engine/. */
#ifndef SYNACKD_ENGINE_RECORD_H
#define SYNACKD_ENGINE_RECORD_H

#include "behaviour/apply.h"
#include "link/frame.h"
#include "tcp/flow.h"
#include "trace/trace.h"

struct allowed;
struct responder;

/* The connection of a packet, in its current state, or in its last state. */
struct origin {
	uint64_t flow;    /* id of the connection; 0: none */
	uint64_t attempt; /* id of the attempt, if there is no connection; 0: none */
	struct flow_key key;
	uint32_t iss, irs;
	struct path path; /* to the client */
	uint8_t state;    /* enum tcp_state */
	bool validated;   /* the client has proved its address, as in struct flow */
	bool asked;       /* as in struct flow */
	/* The client's entry of the allow-list, valid until the end of the turn. NULL: not looked
	 * up yet. */
	const struct allowed *by;
};

/* Records a received packet and its fate. `causes` may be NULL. */
void record_in(struct responder *r, const struct origin *from, enum trace_fate fate,
	       const struct causes *causes, const struct frame *f);

/* Records a packet to send, of `len` octets. */
void record_out(struct responder *r, const struct origin *from, enum trace_fate fate,
		const struct causes *causes, const uint8_t *packet, size_t len);

/* Records the operation `op` of a rule. */
void record_op(struct responder *r, const struct origin *from, const struct rule_machine *op);

/* Records an attempt without a connection. `rules` apply to it; NULL: the port has no endpoint. */
void record_attempt(struct responder *r, const struct origin *from, const struct ruleset *rules);

/* Counts and logs the segments that the plan refused to take from rules. */
void record_refused(struct responder *r, const struct plan *plan, const struct ruleset *rules);

/* Records the state changes of the plan, with the text of the rules. */
void record_moves(struct responder *r, const struct origin *from, const struct plan *plan,
		  const struct ruleset *rules);

#endif
