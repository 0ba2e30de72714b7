/* SPDX-License-Identifier: MIT */
/* The last stage: encodes a plan, sends what is due now and keeps what is due later. */
#ifndef SYNACKD_EMIT_H
#define SYNACKD_EMIT_H

#include "base/wheel.h"
#include "link/link.h"
#include "tcp/flow.h"
#include "tcp/plan.h"

/* What waits for its time, with all that is needed to send it, or to see that it is outdated. */
struct delayed {
	struct timer timer;
	struct flow_key key;
	uint64_t flow;     /* id; 0: of no connection */
	uint32_t seq_end;  /* one past the last octet, SYN or FIN it carries */
	bool has_octets;   /* it carries any */
	uint16_t path;
	uint8_t state;     /* for the trace */
	uint8_t labels;
	uint16_t label[PLAN_LABELS_MAX];
	uint32_t iss, irs;
	uint32_t len;
	uint8_t packet[];
};

struct emitter {
	uint32_t waiting;
	uint8_t buffer[65536];
};

#endif
