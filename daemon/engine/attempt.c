/* SPDX-License-Identifier: MIT */
#include "engine/attempt.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096 /* must be a power of two */

struct attempt {
	struct attempt *next;  /* in the bucket */
	struct ruleset *rules; /* reference-counted; NULL: a free place of the ring */
	struct flow_key key;
	uint32_t isn;
};

/* --- quotas ----------------------------------------------------------------------------------- */

/* Both are atomic. */
struct quota {
	uint32_t left;
	unsigned references;
};

struct quota *quota_new(uint32_t attempts)
{
	struct quota *q = xcalloc(1, sizeof(*q));

	*q = (struct quota){.left = attempts, .references = 1};
	return q;
}

static void quota_get(struct quota *q)
{
	__atomic_fetch_add(&q->references, 1, __ATOMIC_RELAXED);
}

void quota_put(struct quota *q)
{
	if (!__atomic_sub_fetch(&q->references, 1, __ATOMIC_ACQ_REL))
		free(q);
}

uint32_t quota_left(const struct quota *q)
{
	return __atomic_load_n(&q->left, __ATOMIC_RELAXED);
}

/* Takes one attempt. Returns false if none is left. */
static bool quota_draw(struct quota *q)
{
	uint32_t left = quota_left(q);

	while (left && !__atomic_compare_exchange_n(&q->left, &left, left - 1, true,
						    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return left;
}

/* --- attempts --------------------------------------------------------------------------------- */

static struct attempt **bucket_of(const struct attempts *all, const struct flow_key *key)
{
	return &all->bucket[siphash(&all->key, key, sizeof(*key)) & (BUCKETS - 1)];
}

static struct attempt *find_attempt(const struct attempts *all, const struct flow_key *key)
{
	struct attempt *a = all->known ? *bucket_of(all, key) : NULL;

	while (a && memcmp(&a->key, key, sizeof(*key)) != 0)
		a = a->next;
	return a;
}

static void forget(struct attempts *all, struct attempt *a)
{
	struct attempt **at = bucket_of(all, &a->key);

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	ruleset_put(a->rules);
	a->rules = NULL;
	all->known--;
}

/* Returns false without memory. */
static bool allocate(struct attempts *all)
{
	if (!all->attempts)
		all->attempts = calloc(ATTEMPTS_MAX, sizeof(*all->attempts));
	if (!all->bucket)
		all->bucket = calloc(BUCKETS, sizeof(*all->bucket));
	return all->attempts && all->bucket;
}

static void remember(struct attempts *all, const struct flow_key *key, uint32_t isn,
		     struct ruleset *rules)
{
	struct attempt **bucket, *a = &all->attempts[all->at];

	all->at = (all->at + 1) % ATTEMPTS_MAX;
	if (a->rules)
		forget(all, a);
	bucket = bucket_of(all, key);
	*a = (struct attempt){
		.next = *bucket, .rules = ruleset_get(rules), .key = *key, .isn = isn};
	*bucket = a;
	all->known++;
}

/* --- pending overrides ------------------------------------------------------------------------ */

static int by_endpoint(const void *a, const void *b)
{
	const struct override_rule *x = a, *y = b;

	return (x->endpoint > y->endpoint) - (x->endpoint < y->endpoint);
}

struct override_rules *override_rules_new(const struct override_rule *at, unsigned count,
					  nstime now)
{
	struct override_rules *o = xcalloc(1, sizeof(*o) + count * sizeof(*at));

	o->references = 1;
	o->count = count;
	for (unsigned i = 0; i < count; i++) {
		o->at[i] = (struct override_rule){at[i].endpoint, ruleset_get(at[i].rules)};
		ruleset_begin(at[i].rules, now);
	}
	qsort(o->at, count, sizeof(*at), by_endpoint);
	return o;
}

struct ruleset *override_rules_at(const struct override_rules *o, uint32_t endpoint)
{
	const struct override_rule wanted = {.endpoint = endpoint}, *found;

	found = bsearch(&wanted, o->at, o->count, sizeof(wanted), by_endpoint);
	return found ? found->rules : NULL;
}

void override_rules_put(struct override_rules *o)
{
	if (!o || __atomic_sub_fetch(&o->references, 1, __ATOMIC_ACQ_REL))
		return;
	for (unsigned i = 0; i < o->count; i++)
		ruleset_put(o->at[i].rules);
	free(o);
}

static void override_release(struct attempt_override *p)
{
	override_rules_put(p->rules);
	quota_put(p->quota);
}

static void pending_free(struct attempts *all)
{
	for (unsigned i = 0; i < all->count; i++)
		override_release(&all->pending[i]);
	free(all->pending);
	all->pending = NULL;
	all->count = 0;
}

void attempts_free(struct attempts *all)
{
	pending_free(all);
	for (unsigned i = 0; all->attempts && i < ATTEMPTS_MAX; i++)
		ruleset_put(all->attempts[i].rules);
	free(all->attempts);
	free(all->bucket);
	*all = (struct attempts){0};
}

static struct attempt_override copy_of(const struct attempt_override *p)
{
	quota_get(p->quota);
	__atomic_fetch_add(&p->rules->references, 1, __ATOMIC_RELAXED);
	return *p;
}

void attempts_use(struct attempts *all, const struct attempt_override *list, unsigned count)
{
	struct attempt_override *pending = xcalloc(count + 1, sizeof(*pending));

	for (unsigned i = 0; i < count; i++)
		pending[i] = copy_of(&list[i]);
	pending_free(all);
	all->pending = pending;
	all->count = count;
}

static void drop_pending(struct attempts *all, unsigned i)
{
	override_release(&all->pending[i]);
	all->count--;
	memmove(&all->pending[i], &all->pending[i + 1], (all->count - i) * sizeof(*all->pending));
}

/* Removes the overrides that all workers together have used up. */
static void drop_used_up(struct attempts *all)
{
	for (unsigned i = all->count; i-- > 0;)
		if (!quota_left(all->pending[i].quota))
			drop_pending(all, i);
}

/* Uses an override for a new attempt, if one applies. Returns its rules with a reference, or
 * NULL. */
static struct ruleset *use_up(struct attempts *all, const struct flow_key *key, uint32_t endpoint)
{
	for (unsigned i = 0; i < all->count; i++) {
		const struct attempt_override *p = &all->pending[i];
		struct ruleset *rules = prefix_contains(&p->client, &key->client)
						? override_rules_at(p->rules, endpoint)
						: NULL;

		if (!rules || !quota_draw(p->quota))
			continue;
		ruleset_get(rules);
		drop_used_up(all);
		return rules;
	}
	return NULL;
}

/* Returns the rules of a new attempt, and stores them unless they are the rules of the endpoint. */
static struct ruleset *begin_attempt(struct attempts *all, const struct flow_key *key, uint32_t isn,
				     const struct endpoint *e, struct rule_context *ctx)
{
	struct ruleset *pending = use_up(all, key, e->number);
	struct ruleset *rules = ruleset_choose(pending ? pending : e->rules, key, ctx);

	if (rules != e->rules)
		remember(all, key, isn, rules); /* adds a reference */
	ruleset_put(pending);
	return rules;
}

struct ruleset *attempts_choose(struct attempts *all, const struct flow_key *key,
				const struct segment *seg, const struct endpoint *e,
				struct rule_context *ctx)
{
	struct attempt *a;

	if (!all->count && !all->known && !e->rules->choice)
		return e->rules;
	a = find_attempt(all, key);
	if ((seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN) {
		if (a && a->isn != seg->seq) { /* that attempt has ended */
			forget(all, a);
			a = NULL;
		}
		if (!a)
			return allocate(all) ? begin_attempt(all, key, seg->seq, e, ctx) : NULL;
	}
	return a ? a->rules : e->rules;
}

struct ruleset *attempts_chosen(const struct attempts *all, const struct flow_key *key,
				const struct endpoint *e)
{
	const struct attempt *a = find_attempt(all, key);

	return a ? a->rules : e->rules;
}
