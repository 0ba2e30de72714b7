/* SPDX-License-Identifier: MIT */
/*
 * deferred: work for a later time: delayed segments, held segments, rules that wait for a time in a
 * state, delayed operations of rules, and large plans. Private to engine/.
 *
 * limits.delayed_max bounds all of them together, except plans that are sent in parts. This file
 * stores them; advance.c carries them out.
 */
#ifndef SYNACKD_ENGINE_DEFERRED_H
#define SYNACKD_ENGINE_DEFERRED_H

#include "base/hash_table.h"
#include "base/timer_tree.h"
#include "behaviour/apply.h"
#include "engine/record.h"
#include "link/frame.h"
#include "tcp/flow.h"
#include "tcp/state.h"
#include "wire/segment.h"

struct responder;

enum deferred_kind {
	DEFERRED_DELAYED,
	DEFERRED_HELD,
	DEFERRED_RULE,
	DEFERRED_MACHINE,
	DEFERRED_REST,
};

/* The common first member of all kinds; its address is the address to free. deferred_add() takes
 * ownership of a struct from malloc() or calloc(); deferred_take() returns it. */
struct deferred {
	struct timer timer; /* in r->deferred_timers */
	uint8_t kind;       /* enum deferred_kind */
};

/* A segment that the TCP receives later. */
struct held {
	struct deferred deferred; /* must be first */
	struct hash_node node;    /* in r->held */
	uint64_t hash;
	struct segment seg;   /* payload points into `packet` */
	struct segment came;  /* as received, before rules changed it; without payload */
	struct path path;     /* path on which it arrived */
	unsigned duplicate;   /* number of further copies for the TCP */
	struct causes causes; /* the rules that acted on it */
	size_t len;
	uint8_t packet[];
};

/* A rule that waits for a time in a state: `on = "after TIME in STATE"`. */
struct rule_wait {
	struct deferred deferred; /* must be first */
	struct flow_key key;
	uint64_t flow;
	uint8_t state;
	bool fired;   /* an `idle` rule has fired in this state */
	nstime moved; /* value of session->moved when it fired */
	const struct rule *rule;
	struct ruleset *rules; /* reference-counted */
};

/* Operations that a rule has delayed: `machine = "close after 3s"`. */
struct machine_wait {
	struct deferred deferred; /* must be first */
	struct flow_key key;
	uint64_t flow;
	struct ruleset *rules; /* reference-counted: it owns the texts */
	unsigned ops;
	struct rule_machine op[];
};

/* The limits of a plan as a whole, see emit.c. */
struct cuts {
	bool asks, strays; /* items that ask, or stray, are not sent */
	unsigned synack;   /* index of a SYN-ACK that is never cut */
	size_t leave;      /* octets that items before it must leave in the account */
};

/* A plan that is sent in parts, as of the time of its event. */
struct rest {
	struct deferred deferred; /* must be first */
	struct plan plan;
	unsigned next; /* index of the first item that was not sent yet */
	struct origin origin;
	struct ruleset *rules; /* reference-counted; or NULL */
	struct cuts cuts;
	nstime now, lag; /* of the event */
};

/* Returns false, and counts it, if there is no space for one more. */
bool deferred_room(struct responder *r);
/* Adds `d`, which is due at `when`. Requires deferred_room(). */
void deferred_add(struct responder *r, struct deferred *d, nstime when);
/* Adds `d`, which is due `delay` after the current event: after the arrival of the frame, even if
 * the clock had passed that. Requires deferred_room(). */
void deferred_add_after(struct responder *r, struct deferred *d, nstime delay);
/* Removes and returns the earliest one that is due at or before `by`; NULL if there is none. The
 * caller owns it. */
struct deferred *deferred_take(struct responder *r, nstime by);
/* Frees *d, of any kind, and its references. */
void deferred_free(struct deferred *d);
void deferred_clear(struct responder *r); /* removes and frees all */

/*
 * Holds a segment for out->hold. The TCP then receives it, and out->duplicate further copies.
 * `came` is the segment before rules changed it, for comparison with retransmissions; `f` is its
 * frame. All are copied. Returns false, and counts it, if there is no space; the TCP must then
 * receive the segment now.
 */
bool hold_segment(struct responder *r, const struct segment *seg, const struct segment *came,
		  const struct frame *f, const struct outcome *out);
/* Returns true if the segment is a retransmission of a held segment. The held segment then takes
 * over this path, and *causes is set to its causes. */
bool hold_absorbs(struct responder *r, const struct segment *seg, const struct path *path,
		  struct causes *causes);
/* Allocates the table of held segments. Aborts without memory. */
void hold_init(struct responder *r);
/* Frees the table, which must be empty. */
void hold_free(struct responder *r);

/* Schedules `ops` operations for one turn, after their `wait`, which must be the same. Copies them.
 * Without space they are not done, and this is counted. */
void machine_defer(struct responder *r, const struct flow *f, const struct rule_machine *const *op,
		   unsigned ops);
/* Returns true if the connection still exists and, for a rule, is still in its state. */
bool rule_waits(struct responder *r, const struct rule_wait *w);
bool machine_waits(struct responder *r, const struct machine_wait *w);
/* Schedules the rules that wait for a time in `state`, which the connection has entered. */
void rules_defer(struct responder *r, const struct flow *f, enum tcp_state state);

#endif
