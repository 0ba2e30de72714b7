/* SPDX-License-Identifier: MIT */
/*
 * What is to happen later: segments on their way out, segments held back from the machine, rules
 * that wait for a time in a state, and what a rule wants the machine to do after a while. Together
 * they are bounded by limits.delayed_max. They are kept here; advance.c carries them out.
 * Private to engine/.
 */
#ifndef SYNACKD_ENGINE_DEFERRED_H
#define SYNACKD_ENGINE_DEFERRED_H

#include "base/wheel.h"
#include "behaviour/apply.h"
#include "link/frame.h"
#include "tcp/flow.h"
#include "tcp/state.h"
#include "wire/segment.h"

struct responder;

enum deferred_kind { DEFERRED_DELAYED, DEFERRED_HELD, DEFERRED_RULE, DEFERRED_MACHINE };

/* The first member of each of them, as it is freed by its own address. One that is allocated with
 * malloc() or calloc() goes over to deferred_add(), and comes back from deferred_take(). */
struct deferred {
	struct timer timer; /* in r->deferred_timers */
	uint8_t kind;       /* enum deferred_kind */
};

/* A segment that the machine is to get later. */
struct held {
	struct deferred deferred;  /* first */
	struct held *next, **here; /* in its bucket */
	struct segment seg;        /* payload points into `packet` */
	struct segment came;       /* as it was; without its payload */
	struct path path;          /* by which it came */
	unsigned duplicate;        /* how often the machine is to get it, less 1 */
	struct causes causes;      /* the rules that met it */
	size_t len;
	uint8_t packet[];
};

/* A rule that waits for a time in a state: `on = "after TIME in STATE"`. */
struct rule_wait {
	struct deferred deferred; /* first */
	struct flow_key key;
	uint64_t flow;
	uint8_t state;
	bool fired;   /* an `idle` rule: it did, */
	nstime moved; /* when the session's octets had last moved at that time */
	const struct rule *rule;
	struct ruleset *rules; /* counted */
};

/* What the machine is to do once a time has passed: `machine = "close after 3s"`. */
struct machine_wait {
	struct deferred deferred; /* first */
	struct flow_key key;
	uint64_t flow;
	struct ruleset *rules; /* counted: the texts are the ruleset's */
	unsigned ops;
	struct rule_machine op[];
};

/* Is there room for one more? False: no, which is counted. */
bool deferred_room(struct responder *r);
/* There is room. */
void deferred_add(struct responder *r, struct deferred *d, nstime when);
/* Take out the earliest that is due by a time. It is the caller's. Returns NULL if none is. */
struct deferred *deferred_take(struct responder *r, nstime by);
/* Frees it, whatever its kind, and puts back what it counts. */
void deferred_free(struct deferred *d);
void deferred_clear(struct responder *r); /* all of them */

/* Hold a segment back for out->hold, when the machine gets it out->duplicate times more than once.
 * `came` is the segment as it was before rules changed it, and as its repeats are; `f` is the frame
 * that it was decoded from. Copied. False: no room, which is counted; the machine gets it now. */
bool hold_segment(struct responder *r, const struct segment *seg, const struct segment *came,
		  const struct frame *f, const struct outcome *out);
/* Is it a repeat of a segment that is held? Then that one is answered by the path of this one,
 * which gets its causes. */
bool hold_absorbs(struct responder *r, const struct segment *seg, const struct path *path,
		  struct causes *causes);
void hold_init(struct responder *r);
void hold_free(struct responder *r);

/* The machine is to do these `ops` operations, which have the same `wait`, so long from now, in one
 * turn. Copied. Without room they are not done, which is counted. */
void machine_defer(struct responder *r, const struct flow *f, const struct rule_machine *const *op,
		   unsigned ops);
/* Is the machine where the rule waits for it? Is the connection there that is to do it? */
bool rule_waits(struct responder *r, const struct rule_wait *w);
bool machine_waits(struct responder *r, const struct machine_wait *w);
/* The machine entered `state`: rules that wait for a time in it are deferred until then. */
void rules_defer(struct responder *r, const struct flow *f, enum tcp_state state);

#endif
