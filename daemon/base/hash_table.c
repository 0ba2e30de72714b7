/* SPDX-License-Identifier: MIT */
#include "base/hash_table.h"

#include "base/pages.h"
#include "base/text.h"

#define BUCKETS_MIN (4096 / sizeof(struct hash_node *))  /* a page */
#define MOVE_STEP   2                                    /* old buckets moved by each change */
#define RETURNED    (65536 / sizeof(struct hash_node *)) /* old buckets whose memory is returned */

static struct hash_node **buckets_new(size_t buckets)
{
	return pages_take(buckets * sizeof(struct hash_node *));
}

static void buckets_free(struct hash_node **bucket, size_t buckets)
{
	if (buckets)
		pages_return(bucket, buckets * sizeof(*bucket));
}

void hash_table_init(struct hash_table *t,
		     uint64_t (*hash)(const struct hash_node *n, const void *arg), const void *arg)
{
	*t = (struct hash_table){.mask = BUCKETS_MIN - 1, .hash = hash, .arg = arg};
	t->bucket = buckets_new(BUCKETS_MIN);
	if (!t->bucket)
		out_of_memory();
}

/* Returns the memory of old buckets that were moved, in steps: it takes the kernel 1 ms for 16
 * MiB. */
static void return_moved(struct hash_table *t)
{
	if (t->old_at % RETURNED && t->old_at <= t->old_mask)
		return;
	buckets_free(t->old + (t->old_at - 1) / RETURNED * RETURNED,
		     (t->old_at - 1) % RETURNED + 1);
	if (t->old_at > t->old_mask)
		t->old = NULL;
}

void hash_table_free(struct hash_table *t)
{
	size_t returned = t->old_at / RETURNED * RETURNED;

	if (t->bucket)
		buckets_free(t->bucket, t->mask + 1);
	if (t->old)
		buckets_free(t->old + returned, t->old_mask + 1 - returned);
	*t = (struct hash_table){0};
}

/* Nodes stay in, and are added to, the old bucket until it is moved. */
static struct hash_node **bucket_of(const struct hash_table *t, uint64_t hash)
{
	if (t->old && (hash & t->old_mask) >= t->old_at)
		return &t->old[hash & t->old_mask];
	return &t->bucket[hash & t->mask];
}

struct hash_node *hash_table_chain(const struct hash_table *t, uint64_t hash)
{
	return *bucket_of(t, hash);
}

static void push(struct hash_node **at, struct hash_node *n)
{
	n->next = *at;
	*at = n;
}

static void move_bucket(struct hash_table *t)
{
	struct hash_node *n = t->old[t->old_at++];

	while (n) {
		struct hash_node *next = n->next;

		push(&t->bucket[t->hash(n, t->arg) & t->mask], n);
		n = next;
	}
	return_moved(t);
}

static void move_some(struct hash_table *t)
{
	for (unsigned i = 0; t->old && i < MOVE_STEP; i++)
		move_bucket(t);
}

static void grow(struct hash_table *t)
{
	size_t buckets = (t->mask + 1) * 2;
	struct hash_node **wider = buckets_new(buckets);

	if (!wider)
		return;
	t->old = t->bucket;
	t->old_mask = t->mask;
	t->old_at = 0;
	t->bucket = wider;
	t->mask = buckets - 1;
}

void hash_table_add(struct hash_table *t, struct hash_node *n, uint64_t hash)
{
	move_some(t);
	if (t->count > t->mask && !t->old)
		grow(t);
	push(bucket_of(t, hash), n);
	t->count++;
}

/* Returns the pointer that points to the node. */
static struct hash_node **place_of(const struct hash_table *t, const struct hash_node *n,
				   uint64_t hash)
{
	struct hash_node **at = bucket_of(t, hash);

	while (*at != n)
		at = &(*at)->next;
	return at;
}

void hash_table_replace(struct hash_table *t, struct hash_node *n, struct hash_node *by,
			uint64_t hash)
{
	*place_of(t, n, hash) = by;
	by->next = n->next;
	n->next = NULL;
}

void hash_table_remove(struct hash_table *t, struct hash_node *n, uint64_t hash)
{
	*place_of(t, n, hash) = n->next;
	n->next = NULL;
	t->count--;
	move_some(t);
}

struct hash_node *hash_table_any(struct hash_table *t)
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

static void walk_chain(struct hash_node *n, void (*each)(struct hash_node *n, void *arg), void *arg)
{
	for (; n; n = n->next)
		each(n, arg);
}

/* The nodes of an old bucket move to the bucket of the same index, or to one behind it. So a node
 * that was not visited yet stays in front of the cursor. */
bool hash_table_walk(struct hash_table *t, size_t *cursor, size_t buckets,
		     void (*each)(struct hash_node *n, void *arg), void *arg)
{
	for (; buckets && *cursor <= t->mask; buckets--, ++*cursor) {
		if (t->old && t->old_at <= *cursor && *cursor <= t->old_mask)
			walk_chain(t->old[*cursor], each, arg);
		walk_chain(t->bucket[*cursor], each, arg);
	}
	return *cursor <= t->mask;
}
