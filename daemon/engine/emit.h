/* SPDX-License-Identifier: MIT */
/* The last stage: encodes a plan, sends what is due now and keeps what is due later. */
#ifndef SYNACKD_ENGINE_EMIT_H
#define SYNACKD_ENGINE_EMIT_H

#include "base/wheel.h"
#include "link/frame.h"
#include "tcp/flow.h"
#include "tcp/plan.h"

struct responder;

/* What the trace says of the connection that a packet belongs to. */
struct emit_origin {
	uint64_t flow; /* id; 0: of no connection */
	struct flow_key key;
	uint32_t iss, irs;
	struct path path; /* the way to the client */
	uint8_t state;
	bool validated; /* the client has proved its address: struct session's */
	bool asked;     /* struct flow's */
};

/* Send, or put off, every item of the plan. */
void emit_plan(struct responder *r, const struct emit_origin *from, const struct plan *plan);

/* A segment that was put off, with all that is needed to send it or to see that it is outdated. */
struct delayed;

/* Its time has come: it is sent, unless it is outdated. It stays the caller's. */
void emit_due(struct responder *r, struct delayed *d);

#endif
