/* SPDX-License-Identifier: MIT */
/* What rules have yet to do: the segments that they hold back or put off, the times in a state that
 * they wait for, and what the machine is to do after a while. */
#ifndef SYNACKD_ENGINE_DUE_H
#define SYNACKD_ENGINE_DUE_H

#include "behaviour/rule.h"
#include "tcp/flow.h"

struct responder;

#define DUE_TEXT_MAX 96

/* One action that is due. */
struct due {
	uint64_t id;         /* of the connection; 0: there is none (yet) */
	struct flow_key key; /* both ends */
	uint16_t label;      /* the behaviour, trace/label.h; 0: an operator asked for it */
	nstime when;
	bool repeats;            /* and again each so much later */
	char what[DUE_TEXT_MAX]; /* `close`, `a held segment arrives` */
};

/* Call `each` on every action that is due, in no order, until it returns false. An action that
 * waits for a connection that is gone, or for a state that it has left, is not due any more. */
void responder_due(struct responder *r, bool (*each)(const struct due *due, void *arg), void *arg);

#endif
