/* SPDX-License-Identifier: MIT */
/*
 * What follows from one event. The machine's plan meets the rules; rules may move the machine,
 * which makes a plan again; the service has its turn; and when nothing more follows, the plan goes
 * out. Private to engine/.
 *
 * A turn begins with turn_begin() or turn_resume(), and its end is turn_end(). The plan of the
 * responder is the turn's until then.
 */
#ifndef SYNACKD_ENGINE_TURN_H
#define SYNACKD_ENGINE_TURN_H

#include "behaviour/apply.h"
#include "engine/record.h"
#include "wire/icmp.h"

struct session;

struct turn {
	struct responder *r;
	struct flow *f;                /* NULL: none (yet, or any more) */
	struct ruleset *rules;         /* counted */
	const struct segment *trigger; /* the segment that began it; NULL for a timer */
	struct flow_key key;
	struct origin origin; /* as of the last turn_origin() */
	unsigned ops, next_op;
	const struct rule_machine *op[OUTCOME_OPS_MAX];
	unsigned moves_seen;
	struct use_context sent; /* likewise */
	uint32_t told;          /* last_ack_sent of the connection before its machine's last step */
	bool taken_down;        /* the flow was deleted during the turn */
	struct session *before; /* in TIME-WAIT, gives way to what the trigger begins; or NULL */
};

/* --- begin and end ---------------------------------------------------------------------------- */

/* Begins with a segment, which outlives the turn. It came by `path`, by which the answer goes where
 * there is no connection; `f` may be NULL. */
void turn_begin(struct turn *t, struct responder *r, struct flow *f, struct ruleset *rules,
		const struct flow_key *key, const struct path *path, const struct segment *trigger);

/* Begins with a connection, without a segment. */
void turn_resume(struct turn *t, struct responder *r, struct flow *f);

/* Everything that follows, then the plan goes out. The flow may be gone afterwards. */
void turn_end(struct turn *t);

/* A whole turn of the connection, in which its machine does `ops` operations, at most
 * OUTCOME_OPS_MAX. The flow may be gone afterwards. */
void turn_do(struct responder *r, struct flow *f, const struct rule_machine *op, unsigned ops);

/* The id for the connection that the trigger begins: its attempt's, or a new one. */
uint64_t turn_id(const struct turn *t);
/* There is that connection now, so the attempt is over. */
void turn_connects(struct turn *t);

/* --- the machine gets an event, and its plan meets the rules: there is a flow ------------------
 */

void turn_segment(struct turn *t, const struct segment *seg);
void turn_timer(struct turn *t);
/* `about` is the segment of ours that the error quotes. */
void turn_icmp(struct turn *t, const struct icmp *m, const struct segment *about);
/* The half-open connection is a whole one at once: it takes the data of its SYN. Without room for
 * one, which is counted, it stays half open. */
void turn_fast_open(struct turn *t, const struct segment *syn);

/* --- rules ------------------------------------------------------------------------------------ */

/* What rules see of the connection, or of none, and of the trigger. */
void turn_view(const struct turn *t, struct rule_view *v);
struct rule_context turn_context(const struct turn *t);

/* Actions on the machine that rules asked for are done at the end of the turn, in order. What is
 * beyond OUTCOME_OPS_MAX is counted, and not done. */
void turn_queue(struct turn *t, const struct outcome *out);
/* "open" comes before the SYN that set it off; whatever else is queued waits for the end. */
void turn_open(struct turn *t);

/* What LISTEN planned since item `first` meets the rules. */
void turn_planned(struct turn *t, unsigned first);
/* What rules added to the plan since item `first`, and the client may acknowledge, becomes part of
 * the machine's stream. */
void turn_account(struct turn *t, unsigned first);

/* Bring t->origin up to date: while there is no flow any more, it stays as it was. */
void turn_origin(struct turn *t);

#endif
