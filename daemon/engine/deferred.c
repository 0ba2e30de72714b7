/* SPDX-License-Identifier: MIT */
#include "engine/deferred.h"

#include "base/container.h"
#include "base/text.h"
#include "engine/session.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_LEAST 16384 /* both must be powers of two */
#define BUCKETS_MOST  262144

struct held_table {
	size_t count;
	size_t mask;
	struct held **bucket; /* pages of unused buckets take no memory */
};

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

void hold_init(struct responder *r)
{
	size_t buckets = BUCKETS_LEAST;

	while (buckets < BUCKETS_MOST && buckets < r->limits.delayed_max / 4)
		buckets *= 2;
	r->held = xcalloc(1, sizeof(*r->held));
	r->held->mask = buckets - 1;
	r->held->bucket = xcalloc(buckets, sizeof(*r->held->bucket));
}

void hold_free(struct responder *r)
{
	if (r->held)
		free(r->held->bucket);
	free(r->held);
	r->held = NULL;
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

static struct held **held_bucket(const struct responder *r, const struct identity *of)
{
	return &r->held->bucket[siphash(&r->keys.flows, of, sizeof(*of)) & r->held->mask];
}

bool hold_absorbs(struct responder *r, const struct segment *seg, const struct path *path,
		  struct causes *causes)
{
	struct identity wanted;

	if (!r->held->count)
		return false;
	wanted = identity_of(seg);
	for (struct held *h = *held_bucket(r, &wanted); h; h = h->next) {
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
	struct held **bucket = held_bucket(r, &of);
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
			   .here = bucket,
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
	if (h->next)
		h->next->here = &h->next;
	*bucket = h;
	r->held->count++;
	deferred_add(r, &h->deferred, r->now + out->hold);
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
		w->key = f->key;
		w->flow = f->id;
		w->state = (uint8_t)state;
		w->rule = rule;
		w->rules = ruleset_get(rules);
		deferred_add(r, &w->deferred, r->now + rule->after);
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
	w->key = f->key;
	w->flow = f->id;
	w->rules = ruleset_get(flow_rules(f));
	for (; w->ops < ops; w->ops++) {
		w->op[w->ops] = *op[w->ops];
		w->op[w->ops].wait = 0;
	}
	deferred_add(r, &w->deferred, r->now + op[0]->wait);
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

static void held_unlink(struct responder *r, struct held *h)
{
	*h->here = h->next;
	if (h->next)
		h->next->here = h->here;
	r->held->count--;
}

/* Returns the owner of a timer that was removed; NULL if `timer` is NULL. */
static struct deferred *taken(struct responder *r, struct timer *timer)
{
	struct deferred *d;

	if (!timer)
		return NULL;
	d = container_of(timer, struct deferred, timer);
	r->deferred--;
	if (d->kind == DEFERRED_HELD)
		held_unlink(r, container_of(d, struct held, deferred));
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
	free(d);
}

void deferred_clear(struct responder *r)
{
	struct deferred *d;

	while ((d = taken(r, timer_tree_expire(&r->deferred_timers, NS_NEVER))))
		deferred_free(d);
}
