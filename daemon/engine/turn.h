/* SPDX-License-Identifier: MIT */
/*
 * turn: processes one event and its consequences. Private to engine/.
 *
 * The rules apply to the plan of the TCP. Rules may operate on the connection, which then makes
 * another plan. The service reads and writes. When there is nothing left to do, the plan is sent.
 *
 * A turn begins with turn_begin() or turn_resume() and ends with turn_end(). In between, it owns
 * the plan of the responder.
 */
#ifndef SYNACKD_ENGINE_TURN_H
#define SYNACKD_ENGINE_TURN_H

#include "behaviour/apply.h"
#include "engine/record.h"
#include "wire/icmp.h"

struct turn {
	struct responder *r;
	struct flow *f;                /* NULL: no connection, or none any more */
	struct ruleset *rules;         /* reference-counted */
	const struct segment *trigger; /* the segment that began the turn; NULL for a timer */
	struct flow_key key;
	struct origin origin; /* as of the last turn_origin() */
	unsigned ops, next_op;
	unsigned moves_seen;
	struct use_context sent; /* as of the TCP's last step */
	uint32_t told;           /* last_ack_sent before the TCP's last step */
	bool taken_down;         /* the flow was deleted during the turn */
	struct flow *before;     /* the flow in TIME-WAIT that the trigger replaces; or NULL */
	const struct rule_machine *op[OUTCOME_OPS_MAX]; /* must be last */
};

/* --- begin and end ---------------------------------------------------------------------------- */

/* Begins a turn with a segment, which must remain valid until its end. The segment arrived on
 * `path`, on which it is answered if there is no connection. `f` may be NULL; otherwise it must
 * be expanded: see time_waits.h. */
void turn_begin(struct turn *t, struct responder *r, struct flow *f, struct ruleset *rules,
		const struct flow_key *key, const struct path *path, const struct segment *trigger);

/* Begins a turn of a connection without a segment. Expands the flow. */
void turn_resume(struct turn *t, struct responder *r, struct flow *f);

/* Does everything that remains, and sends the plan. May delete the flow. */
void turn_end(struct turn *t);

/* Does a complete turn of a connection with `ops` operations, at most OUTCOME_OPS_MAX. May delete
 * the flow. */
void turn_do(struct responder *r, struct flow *f, const struct rule_machine *op, unsigned ops);

/* Returns the id for the connection that the trigger opens: that of its attempt, or a new one. */
uint64_t turn_id(const struct turn *t);
/* Notes that the attempt has become a connection. */
void turn_connects(struct turn *t);

/* --- events for the TCP; rules apply to its plan. They require a flow ------------------------- */

void turn_segment(struct turn *t, const struct segment *seg);
void turn_timer(struct turn *t);
/* `about` is our segment that the error quotes. */
void turn_icmp(struct turn *t, const struct icmp *m, const struct segment *about);
/* Replaces the half-open connection by a session, which accepts the data of its SYN. If there is
 * no space, counts that, and the connection stays half open. */
void turn_fast_open(struct turn *t, const struct segment *syn);

/* --- rules ------------------------------------------------------------------------------------ */

/* Fills the view for rules: the connection, if any, and the trigger. */
void turn_view(const struct turn *t, struct rule_view *v);
/* Returns the state of the worker that rules use. */
struct rule_context turn_context(const struct turn *t);

/* Queues operations of rules for the end of the turn, in order. Operations beyond OUTCOME_OPS_MAX
 * are counted and not done. */
void turn_queue(struct turn *t, const struct outcome *out);
/* Does queued "open" operations now, before the SYN that triggered them is processed. Other
 * operations stay queued. */
void turn_open(struct turn *t);

/* Applies rules to the items from `first` on, which LISTEN planned. */
void turn_planned(struct turn *t, unsigned first);
/* Adds octets that rules have planned since item `first`, and that the client may acknowledge, to
 * the stream of the TCP. */
void turn_account(struct turn *t, unsigned first);

/* Updates t->origin. Without a flow, it remains as it was. */
void turn_origin(struct turn *t);

#endif
