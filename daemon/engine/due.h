/* SPDX-License-Identifier: MIT */
/* due: lists the scheduled actions of rules: held and delayed segments, rules that wait for a time
 * in a state, and delayed operations. */
#ifndef SYNACKD_ENGINE_DUE_H
#define SYNACKD_ENGINE_DUE_H

#include "behaviour/rule.h"
#include "tcp/flow.h"

struct responder;

#define DUE_TEXT_MAX 96

/* A scheduled action. */
struct due {
	uint64_t id;         /* of the connection; 0: none */
	struct flow_key key; /* addresses and ports */
	uint16_t label;      /* the behaviour, trace/label.h; 0: requested by an operator */
	nstime when;
	bool repeats;            /* the rule fires repeatedly */
	char what[DUE_TEXT_MAX]; /* e.g. `close`, `deliver a held segment` */
};

/* Calls `each` for every scheduled action, in no particular order, until it returns false. Omits
 * rules and operations for a connection that has ended or left the state. */
void responder_due(struct responder *r, bool (*each)(const struct due *due, void *arg), void *arg);

#endif
