/* SPDX-License-Identifier: MIT */
/* operation: operations on a connection, requested by rules and operators, that send no segment
 * themselves. Private to engine/. */
#ifndef SYNACKD_ENGINE_OPERATION_H
#define SYNACKD_ENGINE_OPERATION_H

#include "behaviour/rule.h"

struct responder;
struct session;

/* Executes `op`, which must not be open, abort or forget. `kept`: the session was closed before
 * this turn, and a rule keeps it. */
void session_do(const struct responder *r, struct session *s, const struct rule_machine *op,
		bool kept);

/* Returns the time of the clock plus `time`; NS_NEVER if that exceeds the range. */
nstime time_later(const struct responder *r, nstime time);

#endif
