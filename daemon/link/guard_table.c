/* SPDX-License-Identifier: MIT */
#include "link/guard_table.h"

#include "base/text.h"
#include "link/guard.h"

#include <stdlib.h>
#include <unistd.h>

#define BUCKETS 4096 /* a power of two */

struct guard {
	struct guard *next; /* in its bucket */
	struct guard_table *all;
	struct addr address;
	uint16_t port;
	unsigned holders;
	int fd;
};

static struct guard **bucket_of(struct guard_table *all, const struct addr *a, uint16_t port)
{
	return &all->bucket[addr_hash(a, port) & (BUCKETS - 1)];
}

struct guard *guard_take(struct guard_table *all, const struct addr *address, uint16_t port,
			 char **error)
{
	struct guard **bucket, *g;
	int fd;

	if (!all->bucket)
		all->bucket = xcalloc(BUCKETS, sizeof(struct guard *));
	bucket = bucket_of(all, address, port);
	for (g = *bucket; g; g = g->next) {
		if (g->port != port || !addr_equal(&g->address, address))
			continue;
		g->holders++;
		return g;
	}
	fd = guard_open(address, port, error);
	if (fd < 0)
		return NULL;
	g = xcalloc(1, sizeof(*g));
	*g = (struct guard){.next = *bucket,
			    .all = all,
			    .address = *address,
			    .port = port,
			    .holders = 1,
			    .fd = fd};
	*bucket = g;
	all->count++;
	return g;
}

void guard_put(struct guard *g)
{
	struct guard_table *all = g->all;
	struct guard **at = bucket_of(all, &g->address, g->port);

	if (--g->holders)
		return;
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	close(g->fd);
	free(g);
	if (--all->count)
		return;
	free(all->bucket);
	all->bucket = NULL;
}
