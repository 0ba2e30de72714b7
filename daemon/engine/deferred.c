/* SPDX-License-Identifier: MIT */
#include "engine/deferred.h"

#include "base/container.h"
#include "engine/session.h"

#include <stdlib.h>
#include <string.h>

bool deferred_room(struct responder *r)
{
	if (r->deferred < r->limits.delayed_max)
		return true;
	r->counter[COUNT_DELAYED_FULL]++;
	return false;
}

void deferred_add(struct responder *r, struct deferred *a, nstime when)
{
	timer_arm(&r->deferred_timers, &a->timer, when);
	r->deferred++;
}

void deferred_add_after(struct responder *r, struct deferred *d, nstime delay)
{
	deferred_add(r, d, r->now - r->lag + delay);
}

static uint64_t held_hash(const struct hash_node *n, const void *unused)
{
	(void)unused;
	return container_of(n, const struct held, node)->hash;
}

void hold_init(struct responder *r)
{
	hash_table_init(&r->held, held_hash, NULL);
}

void hold_free(struct responder *r)
{
	hash_table_free(&r->held);
}

/* A segment with the same identity is a retransmission. An ACK with another acknowledgment number
 * or window is not. Hashed as a whole, so the struct must have no padding; the hash needs a key, as
 * a client can send many segments from one port. */
struct identity {
	struct flow_key key;
	uint32_t seq, ack, len, window, flags;
};

static struct identity identity_of(const struct segment *seg)
{
	return (struct identity){.key = key_of(seg),
				 .seq = seg->seq,
				 .ack = seg->ack,
				 .len = (uint32_t)seg->len,
				 .window = seg->window,
				 .flags = seg->flags};
}

static uint64_t hash_of(const struct responder *r, const struct identity *of)
{
	return siphash(&r->keys.flows, of, sizeof(*of));
}

bool hold_absorbs(struct responder *r, const struct segment *seg, const struct path *path,
		  struct causes *causes)
{
	struct identity wanted;
	struct hash_node *n;

	if (!r->held.count)
		return false;
	wanted = identity_of(seg);
	for (n = hash_table_chain(&r->held, hash_of(r, &wanted)); n; n = n->next) {
		struct held *h = container_of(n, struct held, node);
		const struct identity its = identity_of(&h->came);

		if (memcmp(&its, &wanted, sizeof(its)) == 0) {
			h->path = *path;
			*causes = h->causes;
			return true;
		}
	}
	return false;
}

bool hold_segment(struct responder *r, const struct segment *seg, const struct segment *came,
		  const struct frame *f, const struct outcome *out)
{
	const struct identity of = identity_of(came);
	struct held *h;

	if (!deferred_room(r))
		return false;
	h = malloc(sizeof(*h) + f->len + seg->len);
	if (!h) {
		r->counter[COUNT_NO_MEMORY]++;
		return false;
	}
	*h = (struct held){.deferred.kind = DEFERRED_HELD,
			   .hash = hash_of(r, &of),
			   .seg = *seg,
			   .came = *came,
			   .path = f->path,
			   .causes = out->causes,
			   .duplicate = out->duplicate,
			   .len = f->len};
	memcpy(h->packet, f->packet, f->len);
	/* A rule may have replaced the payload of the frame. */
	if (seg->len)
		memcpy(h->packet + f->len, seg->payload, seg->len);
	h->seg.payload = h->packet + f->len;
	h->came.payload = NULL;
	hash_table_add(&r->held, &h->node, h->hash);
	deferred_add_after(r, &h->deferred, out->hold);
	return true;
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
		w->key = flow_key_of(f);
		w->flow = f->id;
		w->state = (uint8_t)state;
		w->rule = rule;
		w->rules = ruleset_get(rules);
		deferred_add_after(r, &w->deferred, rule->after);
	}
}

void machine_defer(struct responder *r, const struct flow *f, const struct rule_machine *const *op,
		   unsigned ops)
{
	struct machine_wait *w;

	if (!deferred_room(r))
		return;
	w = calloc(1, sizeof(*w) + ops * sizeof(w->op[0]));
	if (!w) {
		r->counter[COUNT_NO_MEMORY]++;
		return;
	}
	w->deferred.kind = DEFERRED_MACHINE;
	w->key = flow_key_of(f);
	w->flow = f->id;
	w->rules = ruleset_get(flow_rules(f));
	for (; w->ops < ops; w->ops++) {
		w->op[w->ops] = *op[w->ops];
		w->op[w->ops].wait = 0;
	}
	deferred_add_after(r, &w->deferred, op[0]->wait);
}

bool rule_waits(struct responder *r, const struct rule_wait *w)
{
	const struct flow *f = flow_find(r, &w->key);

	return f && f->id == w->flow && f->state == w->state;
}

bool machine_waits(struct responder *r, const struct machine_wait *w)
{
	const struct flow *f = flow_find(r, &w->key);

	return f && f->id == w->flow;
}

/* Returns the owner of a timer that was removed; NULL if `timer` is NULL. */
static struct deferred *taken(struct responder *r, struct timer *timer)
{
	struct deferred *d;

	if (!timer)
		return NULL;
	d = container_of(timer, struct deferred, timer);
	r->deferred--;
	if (d->kind == DEFERRED_HELD) {
		struct held *h = container_of(d, struct held, deferred);

		hash_table_remove(&r->held, &h->node, h->hash);
	}
	return d;
}

struct deferred *deferred_take(struct responder *r, nstime by)
{
	return taken(r, timer_tree_expire(&r->deferred_timers, by));
}

void deferred_free(struct deferred *d)
{
	if (d->kind == DEFERRED_RULE)
		ruleset_put(container_of(d, struct rule_wait, deferred)->rules);
	if (d->kind == DEFERRED_MACHINE)
		ruleset_put(container_of(d, struct machine_wait, deferred)->rules);
	if (d->kind == DEFERRED_REST) {
		struct rest *rest = container_of(d, struct rest, deferred);

		plan_free(&rest->plan);
		ruleset_put(rest->rules);
	}
	free(d);
}

void deferred_clear(struct responder *r)
{
	struct deferred *d;

	while ((d = taken(r, timer_tree_expire(&r->deferred_timers, NS_NEVER))))
		deferred_free(d);
}
