/* SPDX-License-Identifier: MIT */
#include "runtime/claims.h"

#include "base/container.h"
#include "base/text.h"

#include <stdlib.h>

static uint64_t hash_of(const struct hash_node *n, const void *unused)
{
	(void)unused;
	return addr_hash(&container_of(n, const struct claim, node)->probe.address, 0);
}

void claims_init(struct claims *all)
{
	hash_table_init(&all->table, hash_of, NULL);
}

static void mark_unused(struct claim *claim, void *arg)
{
	(void)arg;
	claim->used = false;
}

void claims_free(struct claims *all)
{
	claims_each(all, mark_unused, NULL);
	claims_drop_unused(all);
	hash_table_free(&all->table);
}

struct claim *claims_find(const struct claims *all, const struct probe_interface *on,
			  const struct addr *a)
{
	struct hash_node *n = hash_table_chain(&all->table, addr_hash(a, 0));

	for (; n; n = n->next) {
		struct claim *claim = container_of(n, struct claim, node);

		if (claim->on == on && addr_equal(&claim->probe.address, a))
			return claim;
	}
	return NULL;
}

struct claim *claims_add(struct claims *all, struct probe_interface *on, const struct addr *a)
{
	struct claim *claim = xcalloc(1, sizeof(*claim));

	claim->on = on;
	claim->probe.address = *a;
	hash_table_add(&all->table, &claim->node, hash_of(&claim->node, NULL));
	return claim;
}

struct visit {
	void (*call)(struct claim *claim, void *arg);
	void *arg;
};

static void pass_claim(struct hash_node *n, void *arg)
{
	const struct visit *visit = arg;

	visit->call(container_of(n, struct claim, node), visit->arg);
}

void claims_each(struct claims *all, void (*call)(struct claim *claim, void *arg), void *arg)
{
	struct visit visit = {call, arg};
	size_t cursor = 0;

	hash_table_walk(&all->table, &cursor, SIZE_MAX, pass_claim, &visit);
}

static void list_unused(struct claim *claim, void *arg)
{
	struct claim **first = arg;

	if (claim->used)
		return;
	claim->next = *first;
	*first = claim;
}

void claims_drop_unused(struct claims *all)
{
	struct claim *first = NULL;

	claims_each(all, list_unused, &first);
	while (first) {
		struct claim *claim = first;

		first = claim->next;
		hash_table_remove(&all->table, &claim->node, hash_of(&claim->node, NULL));
		free(claim);
	}
}
