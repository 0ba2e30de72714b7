/* SPDX-License-Identifier: MIT */
#include "tcp/flow_table.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 64
#define MOVE_STEP   8 /* old buckets moved per change, while the table grows */

void flow_table_init(struct flow_table *t, const struct siphash_key *key)
{
	*t = (struct flow_table){.mask = BUCKETS_MIN - 1, .key = *key};
	t->bucket = xcalloc(BUCKETS_MIN, sizeof(*t->bucket));
}

void flow_table_free(struct flow_table *t)
{
	free(t->bucket);
	free(t->old);
	*t = (struct flow_table){0};
}

/* Callers look up the same key several times in a row, so the last hash is cached. */
static uint64_t hash_of(struct flow_table *t, const struct flow_key *key)
{
	if (!t->has_last || memcmp(&t->last, key, sizeof(*key)) != 0) {
		t->last = *key;
		t->last_hash = siphash(&t->key, key, sizeof(*key));
		t->has_last = true;
	}
	return t->last_hash;
}

static struct flow *find_in(struct flow *f, const struct flow_key *key)
{
	while (f && memcmp(&f->key, key, sizeof(*key)) != 0)
		f = f->next;
	return f;
}

struct flow *flow_table_find(struct flow_table *t, const struct flow_key *key)
{
	uint64_t hash = hash_of(t, key);
	struct flow *f = find_in(t->bucket[hash & t->mask], key);

	return f || !t->old ? f : find_in(t->old[hash & t->old_mask], key);
}

static void push(struct flow_table *t, struct flow *f)
{
	struct flow **at = &t->bucket[hash_of(t, &f->key) & t->mask];

	f->next = *at;
	*at = f;
}

static void move_some(struct flow_table *t)
{
	for (int i = 0; t->old && i < MOVE_STEP; i++) {
		struct flow *f = t->old[t->old_at];

		while (f) {
			struct flow *next = f->next;

			push(t, f);
			f = next;
		}
		t->old[t->old_at] = NULL;
		if (t->old_at++ == t->old_mask) {
			free(t->old);
			t->old = NULL;
		}
	}
}

/* Without memory for more buckets, the chains become longer instead. */
static void grow(struct flow_table *t)
{
	size_t buckets = (t->mask + 1) * 2;
	struct flow **wider = calloc(buckets, sizeof(*wider));

	if (!wider)
		return;
	t->old = t->bucket;
	t->old_mask = t->mask;
	t->old_at = 0;
	t->bucket = wider;
	t->mask = buckets - 1;
}

void flow_table_add(struct flow_table *t, struct flow *f)
{
	move_some(t);
	if (t->count > t->mask && !t->old)
		grow(t);
	push(t, f);
	t->count++;
}

static bool take_out(struct flow **at, const struct flow *f)
{
	for (; *at; at = &(*at)->next) {
		if (*at == f) {
			*at = f->next;
			return true;
		}
	}
	return false;
}

void flow_table_remove(struct flow_table *t, struct flow *f)
{
	uint64_t hash = hash_of(t, &f->key);

	if (take_out(&t->bucket[hash & t->mask], f) ||
	    (t->old && take_out(&t->old[hash & t->old_mask], f)))
		t->count--;
	f->next = NULL;
	move_some(t);
}

static bool walk(struct flow **bucket, size_t mask, bool (*each)(struct flow *f, void *arg),
		 void *arg)
{
	for (size_t i = 0; i <= mask; i++)
		for (struct flow *f = bucket[i]; f; f = f->next)
			if (!each(f, arg))
				return false;
	return true;
}

struct flow *flow_table_any(struct flow_table *t)
{
	if (!t->count)
		return NULL;
	while (t->old)
		move_some(t);
	for (;; t->any_at++) {
		t->any_at &= t->mask;
		if (t->bucket[t->any_at])
			return t->bucket[t->any_at];
	}
}

void flow_table_walk(struct flow_table *t, bool (*each)(struct flow *f, void *arg), void *arg)
{
	if (t->old && !walk(t->old, t->old_mask, each, arg))
		return;
	walk(t->bucket, t->mask, each, arg);
}
