/* SPDX-License-Identifier: MIT */
#include "tcp/flow_table.h"

#include "base/container.h"

#include <string.h>

static struct flow *flow_at(struct hash_node *n)
{
	return n ? container_of(n, struct flow, node) : NULL;
}

static uint64_t hash_of_node(const struct hash_node *n, const void *secret)
{
	return flow_key_hash(secret, &container_of(n, const struct flow, node)->key);
}

void flow_table_init(struct flow_table *t, const struct siphash_key *key)
{
	*t = (struct flow_table){.key = *key};
	hash_table_init(&t->flows, hash_of_node, &t->key);
}

void flow_table_free(struct flow_table *t)
{
	hash_table_free(&t->flows);
	*t = (struct flow_table){0};
}

/* Callers look up the same key several times in a row, so the last hash is cached. */
static uint64_t hash_of(struct flow_table *t, const struct flow_key *key)
{
	if (!t->has_last || memcmp(&t->last, key, sizeof(*key)) != 0) {
		t->last = *key;
		t->last_hash = flow_key_hash(&t->key, key);
		t->has_last = true;
	}
	return t->last_hash;
}

struct flow *flow_table_find(struct flow_table *t, const struct flow_key *key)
{
	struct flow *f = flow_at(hash_table_chain(&t->flows, hash_of(t, key)));

	while (f && memcmp(&f->key, key, sizeof(*key)) != 0)
		f = flow_at(f->node.next);
	return f;
}

void flow_table_add(struct flow_table *t, struct flow *f)
{
	hash_table_add(&t->flows, &f->node, hash_of(t, &f->key));
}

void flow_table_remove(struct flow_table *t, struct flow *f)
{
	hash_table_remove(&t->flows, &f->node, hash_of(t, &f->key));
}

void flow_table_replace(struct flow_table *t, struct flow *f, struct flow *by)
{
	hash_table_replace(&t->flows, &f->node, &by->node, hash_of(t, &f->key));
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
