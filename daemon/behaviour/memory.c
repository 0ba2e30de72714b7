/* SPDX-License-Identifier: MIT */
#include "behaviour/memory.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 64

struct memory_entry {
	struct memory_entry *next;          /* in the bucket */
	struct memory_entry *newer, *older; /* by last use */
	struct memory_key key;
	nstime since; /* when it was first counted, or stored */
	uint32_t count;
	struct expr_values *values; /* owned; NULL: none */
};

void memory_init(struct memory *m, size_t max, const struct siphash_key *key)
{
	*m = (struct memory){.max = max, .mask = BUCKETS_MIN - 1, .key = *key};
	m->bucket = xcalloc(BUCKETS_MIN, sizeof(*m->bucket));
}

static struct memory_entry **place_of(struct memory *m, const struct memory_key *key)
{
	return &m->bucket[siphash(&m->key, key, sizeof(*key)) & m->mask];
}

static void by_use_remove(struct memory *m, struct memory_entry *e)
{
	*(e->newer ? &e->newer->older : &m->newest) = e->older;
	*(e->older ? &e->older->newer : &m->oldest) = e->newer;
	e->newer = e->older = NULL;
}

static void by_use_newest(struct memory *m, struct memory_entry *e)
{
	e->older = m->newest;
	*(m->newest ? &m->newest->newer : &m->oldest) = e;
	m->newest = e;
}

static void out_of_bucket(struct memory *m, struct memory_entry *e)
{
	struct memory_entry **at = place_of(m, &e->key);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
}

static void drop(struct memory *m, struct memory_entry *e)
{
	out_of_bucket(m, e);
	by_use_remove(m, e);
	m->count--;
	free(e->values);
	free(e);
}

void memory_free(struct memory *m)
{
	while (m->newest)
		drop(m, m->newest);
	free(m->bucket);
	*m = (struct memory){0};
}

/* Doubles the buckets. Without memory, the chains become longer instead. */
static void grow(struct memory *m)
{
	size_t old = m->mask + 1;
	struct memory_entry **wider = calloc(old * 2, sizeof(*wider)), **from = m->bucket;

	if (!wider)
		return;
	m->bucket = wider;
	m->mask = old * 2 - 1;
	for (size_t i = 0; i < old; i++) {
		while (from[i]) {
			struct memory_entry *e = from[i], **to = place_of(m, &e->key);

			from[i] = e->next;
			e->next = *to;
			*to = e;
		}
	}
	free(from);
}

static void into_bucket(struct memory *m, struct memory_entry *e)
{
	struct memory_entry **at = place_of(m, &e->key);

	e->next = *at;
	*at = e;
}

static struct memory_entry *add(struct memory *m, const struct memory_key *key)
{
	struct memory_entry *e;

	if (m->count >= m->max && m->oldest) {
		drop(m, m->oldest);
		m->evicted++;
	}
	if (m->count > m->mask)
		grow(m);
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->key = *key;
	into_bucket(m, e);
	m->count++;
	by_use_newest(m, e);
	return e;
}

static struct memory_entry *find(struct memory *m, const struct memory_key *key)
{
	struct memory_entry *e = *place_of(m, key);

	while (e && memcmp(&e->key, key, sizeof(*key)) != 0)
		e = e->next;
	if (e) {
		by_use_remove(m, e);
		by_use_newest(m, e);
	}
	return e;
}

static bool is_over(const struct memory_entry *e, nstime within, nstime now)
{
	return within && now - e->since >= within;
}

uint32_t memory_count(struct memory *m, const struct memory_key *key, nstime within, nstime now)
{
	struct memory_entry *e = find(m, key);

	if (!e)
		e = add(m, key);
	if (!e) {
		m->evicted++; /* no memory: counted as evicted */
		return 1;
	}
	if (!e->count || is_over(e, within, now)) {
		e->count = 0;
		e->since = now;
	}
	if (e->count < UINT32_MAX)
		e->count++;
	return e->count;
}

void memory_keep(struct memory *m, const struct memory_key *key, const struct expr_values *values,
		 nstime now)
{
	struct memory_entry *e = find(m, key);

	if (!e)
		e = add(m, key);
	if (e && !e->values)
		e->values = malloc(sizeof(*e->values));
	if (!e || !e->values) {
		m->evicted++;
		return;
	}
	*e->values = *values;
	e->values->old = NULL;
	e->since = now;
}

const struct expr_values *memory_kept(struct memory *m, const struct memory_key *key, nstime within,
				      nstime now)
{
	struct memory_entry *e = find(m, key);

	return e && !is_over(e, within, now) ? e->values : NULL;
}

void memory_rename(struct memory *m, const struct memory_key *from, const struct memory_key *to)
{
	struct memory_entry *e = find(m, to) ? NULL : find(m, from);

	if (!e)
		return;
	out_of_bucket(m, e);
	e->key = *to;
	into_bucket(m, e);
}

void memory_forget_endpoint(struct memory *m, uint32_t endpoint)
{
	struct memory_entry *e = m->newest;

	while (e) {
		struct memory_entry *older = e->older;

		if (e->key.endpoint == endpoint)
			drop(m, e);
		e = older;
	}
}
