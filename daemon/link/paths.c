/* SPDX-License-Identifier: MIT */
#include "link/frame.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16
#define BUCKETS        1024

static bool same(const struct path *a, const struct path *b)
{
	/* Field by field: the padding of a caller's struct may hold anything. */
	return memcmp(a->remote, b->remote, sizeof(a->remote)) == 0 &&
	       memcmp(a->local, b->local, sizeof(a->local)) == 0 && a->vlan == b->vlan &&
	       a->link == b->link;
}

static unsigned bucket_of(const struct path *path)
{
	uint64_t remote = 0;
	uint64_t local = 0;

	memcpy(&remote, path->remote, sizeof(path->remote));
	memcpy(&local, path->local, sizeof(path->local));
	remote ^= (uint64_t)path->vlan << 48;
	local ^= (uint64_t)path->link << 48;
	return (unsigned)(((remote * 0x9e3779b97f4a7c15u ^ local) * 0x9e3779b97f4a7c15u) >> 54);
}

static void grow(struct paths *p)
{
	p->capacity = p->capacity ? p->capacity * 2 : FIRST_CAPACITY;
	p->path = xrealloc(p->path, p->capacity * sizeof(*p->path));
	p->next = xrealloc(p->next, p->capacity * sizeof(*p->next));
	if (!p->bucket)
		p->bucket = xcalloc(BUCKETS, sizeof(*p->bucket));
}

/* Take the oldest entry out of its chain, for reuse. */
static unsigned take_oldest(struct paths *p)
{
	unsigned victim = p->oldest;
	uint16_t *link = &p->bucket[bucket_of(&p->path[victim])];

	while (*link != victim + 1)
		link = &p->next[*link - 1];
	*link = p->next[victim];
	p->oldest = (victim + 1) % PATHS_MAX;
	p->replaced++;
	return victim;
}

uint16_t paths_intern(struct paths *p, const struct path *path)
{
	unsigned bucket = bucket_of(path);
	unsigned i;

	for (i = p->bucket ? p->bucket[bucket] : 0; i; i = p->next[i - 1]) {
		if (same(&p->path[i - 1], path))
			return (uint16_t)(i - 1);
	}
	if (p->count == PATHS_MAX) {
		i = take_oldest(p);
	} else {
		if (p->count == p->capacity)
			grow(p);
		i = p->count++;
	}
	p->path[i] = *path;
	p->next[i] = p->bucket[bucket];
	p->bucket[bucket] = (uint16_t)(i + 1);
	return (uint16_t)i;
}

void paths_free(struct paths *p)
{
	free(p->path);
	free(p->next);
	free(p->bucket);
	*p = (struct paths){0};
}
