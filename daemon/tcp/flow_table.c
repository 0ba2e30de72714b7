/* SPDX-License-Identifier: MIT */
#include "tcp/flow_table.h"

#include "base/container.h"

#include <string.h>

static struct flow *flow_at(struct hash_node *n)
{
	return n ? container_of(n, struct flow, node) : NULL;
}

static uint64_t hash_of_node(const struct hash_node *n, const void *unused)
{
	(void)unused;
	return container_of(n, const struct flow, node)->hash;
}

void flow_table_init(struct flow_table *t, const struct siphash_key *key)
{
	*t = (struct flow_table){.key = *key};
	hash_table_init(&t->flows, hash_of_node, NULL);
}

void flow_table_free(struct flow_table *t)
{
	hash_table_free(&t->flows);
	*t = (struct flow_table){0};
}

static bool octets_equal(const uint8_t *a, const uint8_t *b, bool v4)
{
	return v4 ? memcmp(a, b, FLOW_OCTETS_V4) == 0 : memcmp(a, b, FLOW_OCTETS_MAX) == 0;
}

/* A connection is added after a search for it, so the last hash is kept. */
static uint32_t hash_of(struct flow_table *t, const uint8_t *octets, bool v4)
{
	size_t len = v4 ? FLOW_OCTETS_V4 : FLOW_OCTETS_MAX;

	if (t->last_len == len && octets_equal(t->last, octets, v4))
		return t->last_hash;
	memcpy(t->last, octets, len);
	t->last_len = len;
	t->last_hash = (uint32_t)(v4 ? siphash_12(&t->key, octets) : siphash(&t->key, octets, len));
	return t->last_hash;
}

struct flow *flow_table_find(struct flow_table *t, const struct flow_key *key)
{
	uint8_t octets[FLOW_OCTETS_MAX];
	bool v4 = flow_key_octets(key, octets) == FLOW_OCTETS_V4;
	uint32_t hash = hash_of(t, octets, v4);
	struct flow *f = flow_at(hash_table_chain(&t->flows, hash));

	while (f && (f->hash != hash || f->v4 != v4 || !octets_equal(f->octets, octets, v4)))
		f = flow_at(f->node.next);
	return f;
}

void flow_table_add(struct flow_table *t, struct flow *f)
{
	f->hash = hash_of(t, f->octets, f->v4);
	hash_table_add(&t->flows, &f->node, f->hash);
}

void flow_table_remove(struct flow_table *t, struct flow *f)
{
	hash_table_remove(&t->flows, &f->node, f->hash);
}

void flow_table_replace(struct flow_table *t, struct flow *f, struct flow *by)
{
	by->hash = f->hash;
	hash_table_replace(&t->flows, &f->node, &by->node, f->hash);
}

struct flow *flow_table_any(struct flow_table *t)
{
	return flow_at(hash_table_any(&t->flows));
}

struct flow_walk {
	void (*each)(struct flow *f, void *arg);
	void *arg;
};

static void visit(struct hash_node *n, void *arg)
{
	const struct flow_walk *walk = arg;

	walk->each(flow_at(n), walk->arg);
}

bool flow_table_walk(struct flow_table *t, size_t *cursor, size_t buckets,
		     void (*each)(struct flow *f, void *arg), void *arg)
{
	struct flow_walk walk = {each, arg};

	return hash_table_walk(&t->flows, cursor, buckets, visit, &walk);
}
