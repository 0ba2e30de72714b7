/* SPDX-License-Identifier: MIT */
/* What is to happen later: segments on their way out, segments held back from the machine, rules
 * that wait for a time in a state. Together they are bounded by limits.delayed_max. */
#include "engine/responder_private.h"

#include <stdlib.h>
#include <string.h>

#define HELD_BUCKETS 16384 /* a power of two */

struct held {
	struct deferred deferred; /* first */
	struct held *next;        /* in its bucket */
	struct segment seg;       /* payload points into `packet` */
	struct segment came;      /* as it was; without its payload */
	struct path path;         /* by which it came */
	unsigned duplicate;       /* how often the machine is to get it, less 1 */
	size_t len;
	uint8_t packet[];
};

struct held_table {
	size_t count;
	struct held *bucket[HELD_BUCKETS];
};

struct rule_wait {
	struct deferred deferred; /* first */
	struct flow_key key;
	uint64_t flow;
	uint8_t state;
	const struct rule *rule;
	struct ruleset *rules; /* counted */
};

struct machine_wait {
	struct deferred deferred; /* first */
	struct flow_key key;
	uint64_t flow;
	struct rule_machine op;
	struct ruleset *rules; /* counted: whose text it is */
};

bool deferred_room(struct responder *r)
{
	if (r->waiting < r->limits.delayed_max)
		return true;
	r->counter[COUNT_DELAYED_FULL]++;
	return false;
}

void deferred_add(struct responder *r, struct deferred *a, nstime when)
{
	timer_arm(&r->deferred, &a->timer, when);
	r->waiting++;
}

void hold_init(struct responder *r)
{
	r->held = xcalloc(1, sizeof(*r->held));
}

void hold_free(struct responder *r)
{
	free(r->held);
	r->held = NULL;
}

static struct held **held_bucket(const struct responder *r, const struct segment *seg)
{
	struct flow_key key = key_of(seg);

	return &r->held->bucket[siphash(&r->keys.flows, &key, sizeof(key)) & (HELD_BUCKETS - 1)];
}

/* An ACK of more, or with another window, is no repeat. */
static bool same_segment(const struct segment *a, const struct segment *b)
{
	return a->seq == b->seq && a->len == b->len && a->flags == b->flags && a->ack == b->ack &&
	       a->window == b->window && a->sport == b->sport && a->dport == b->dport &&
	       addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst);
}

bool hold_absorbs(struct responder *r, const struct segment *seg, const struct path *path)
{
	if (!r->held->count)
		return false;
	for (struct held *h = *held_bucket(r, seg); h; h = h->next) {
		if (same_segment(&h->came, seg)) {
			h->path = *path;
			return true;
		}
	}
	return false;
}

bool hold_segment(struct responder *r, const struct segment *seg, const struct segment *came,
		  const struct frame *f, unsigned duplicate, nstime until)
{
	struct held **bucket = held_bucket(r, came);
	struct held *h;

	if (!deferred_room(r))
		return false;
	h = malloc(sizeof(*h) + f->len + seg->len);
	if (!h) {
		r->counter[COUNT_NO_MEMORY]++;
		return false;
	}
	*h = (struct held){.deferred.kind = DEFERRED_HELD,
			   .next = *bucket,
			   .seg = *seg,
			   .came = *came,
			   .path = f->path,
			   .duplicate = duplicate,
			   .len = f->len};
	memcpy(h->packet, f->packet, f->len);
	/* A rule may have put other octets in place of those in the frame. */
	if (seg->len)
		memcpy(h->packet + f->len, seg->payload, seg->len);
	h->seg.payload = h->packet + f->len;
	h->came.payload = NULL;
	*bucket = h;
	r->held->count++;
	deferred_add(r, &h->deferred, until);
	return true;
}

static void held_unlink(struct responder *r, struct held *h)
{
	struct held **at = held_bucket(r, &h->came);

	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	r->held->count--;
}

static void held_due(struct responder *r, struct held *h)
{
	struct flow_key key = key_of(&h->came);
	struct flow *f = flow_find(r, &key);
	const struct endpoint *e = endpoint_index_find(r->endpoints, &key.server, key.server_port);
	struct session *before = e ? flow_yields(r, &f, &h->seg) : NULL;
	struct frame frame = {
		.packet = h->packet, .len = h->len, .when = r->now, .offload = h->seg.offload};
	struct turn t;

	held_unlink(r, h);
	if ((f || e) && !flow_silent(r, f)) {
		const struct ruleset *rules =
			f ? flow_rules(f) : attempts_met(&r->attempts, &key, e);

		turn_begin(&t, r, f, rules, &key, &h->path, &h->seg);
		t.before = before;
		for (unsigned times = 0; times <= h->duplicate; times++)
			responder_arrive(r, &h->seg, &t);
		session_validate(t.f, &h->came);
		turn_origin(&t);
		responder_trace(r, &t.origin, TRACE_IN, FATE_RELEASED, NULL, &frame);
		turn_end(&t);
	}
	free(h);
}

void rules_defer(struct responder *r, const struct flow *f, enum tcp_state state)
{
	struct ruleset *rules = flow_rules(f);

	for (unsigned i = 0; i < rules->rules; i++) {
		const struct rule *rule = &rules->rule[i];
		struct rule_wait *w;

		if (rule->trigger != ON_AFTER || rule->state != state || !deferred_room(r))
			continue;
		w = calloc(1, sizeof(*w));
		if (!w) {
			r->counter[COUNT_NO_MEMORY]++;
			return;
		}
		w->deferred.kind = DEFERRED_RULE;
		w->key = f->key;
		w->flow = f->id;
		w->state = (uint8_t)state;
		w->rule = rule;
		w->rules = ruleset_get(rules);
		deferred_add(r, &w->deferred, r->now + rule->after);
	}
}

void machine_defer(struct responder *r, const struct flow *f, const struct rule_machine *op)
{
	struct machine_wait *w;

	if (!deferred_room(r))
		return;
	w = calloc(1, sizeof(*w));
	if (!w) {
		r->counter[COUNT_NO_MEMORY]++;
		return;
	}
	w->deferred.kind = DEFERRED_MACHINE;
	w->key = f->key;
	w->flow = f->id;
	w->op = *op;
	w->op.wait = 0;
	w->rules = ruleset_get(flow_rules(f));
	deferred_add(r, &w->deferred, r->now + op->wait);
}

static void machine_wait_free(struct machine_wait *w)
{
	ruleset_put(w->rules);
	free(w);
}

static void machine_due(struct responder *r, struct machine_wait *w)
{
	struct flow *f = flow_find(r, &w->key);

	if (f && f->id == w->flow)
		responder_do(r, f, &w->op);
	machine_wait_free(w);
}

static void wait_free(struct rule_wait *w)
{
	ruleset_put(w->rules);
	free(w);
}

/* The machine is where the rule waits for it. */
static struct flow *waiting_flow(struct responder *r, const struct rule_wait *w)
{
	struct flow *f = flow_find(r, &w->key);

	return f && f->id == w->flow && f->state == w->state ? f : NULL;
}

static void rule_due(struct responder *r, struct rule_wait *w)
{
	struct flow *f = waiting_flow(r, w);
	struct outcome out = {0};
	struct rule_context ctx;
	struct rule_view v;
	struct turn t;

	if (f) {
		turn_resume(&t, r, f);
		turn_view(&t, &v);
		ctx = turn_context(&t);
		rules_after(w->rule, &ctx, &v, &r->plan, &out);
		turn_account(&t, 0);
		turn_queue(&t, &out);
		turn_end(&t);
	}
	if (w->rule->repeats && waiting_flow(r, w) && deferred_room(r))
		deferred_add(r, &w->deferred, r->now + w->rule->after);
	else
		wait_free(w);
}

void deferred_due(struct responder *r, struct deferred *a)
{
	r->waiting--;
	switch ((enum deferred_kind)a->kind) {
	case DEFERRED_DELAYED: emit_due(r, (struct delayed *)a); break;
	case DEFERRED_HELD: held_due(r, (struct held *)a); break;
	case DEFERRED_RULE: rule_due(r, (struct rule_wait *)a); break;
	case DEFERRED_MACHINE: machine_due(r, (struct machine_wait *)a); break;
	}
}

void deferred_clear(struct responder *r)
{
	struct timer *timer;

	while ((timer = wheel_expire(&r->deferred, NS_NEVER))) {
		struct deferred *a = (struct deferred *)timer;

		r->waiting--;
		if (a->kind == DEFERRED_DELAYED) {
			emit_forget((struct delayed *)a);
		} else if (a->kind == DEFERRED_RULE) {
			wait_free((struct rule_wait *)a);
		} else if (a->kind == DEFERRED_MACHINE) {
			machine_wait_free((struct machine_wait *)a);
		} else {
			held_unlink(r, (struct held *)a);
			free(a);
		}
	}
}
