/* SPDX-License-Identifier: MIT */
#include "link/answering.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct answering_link {
	char *name;
	struct prefix_table own;
};

struct answering *answering_new(const struct prefix *client, unsigned clients)
{
	struct answering *all = xcalloc(1, sizeof(*all));

	prefix_table_fill(&all->clients, client, clients);
	all->references = 1;
	return all;
}

void answering_add(struct answering *all, const char *link, const struct prefix *own, unsigned owns)
{
	struct answering_link *l;

	all->link = xrealloc(all->link, (all->links + 1) * sizeof(*all->link));
	l = &all->link[all->links++];
	*l = (struct answering_link){.name = xstrdup(link)};
	prefix_table_fill(&l->own, own, owns);
}

const struct prefix_table *answering_own(const struct answering *all, const char *link)
{
	for (unsigned i = 0; i < all->links; i++)
		if (strcmp(all->link[i].name, link) == 0)
			return &all->link[i].own;
	return NULL;
}

struct answering *answering_get(struct answering *all)
{
	__atomic_fetch_add(&all->references, 1, __ATOMIC_RELAXED);
	return all;
}

void answering_put(struct answering *all)
{
	if (!all || __atomic_sub_fetch(&all->references, 1, __ATOMIC_ACQ_REL))
		return;
	for (unsigned i = 0; i < all->links; i++) {
		free(all->link[i].name);
		prefix_table_free(&all->link[i].own);
	}
	prefix_table_free(&all->clients);
	free(all->link);
	free(all);
}
