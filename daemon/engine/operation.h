/* SPDX-License-Identifier: MIT */
/* The operations on a connection that rules and operators ask for, and that send nothing by
 * themselves. Private to engine/. */
#ifndef SYNACKD_ENGINE_OPERATION_H
#define SYNACKD_ENGINE_OPERATION_H

#include "behaviour/rule.h"

struct responder;
struct session;

/* Do `op`, which is none of open, abort and forget. `kept`: the session was closed before this
 * turn, and a rule keeps it. */
void session_do(const struct responder *r, struct session *s, const struct rule_machine *op,
		bool kept);

/* So much after the time of the clock; NS_NEVER if that is beyond all times. */
nstime time_later(const struct responder *r, nstime time);

#endif
