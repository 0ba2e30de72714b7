/* SPDX-License-Identifier: MIT */
#include "link/paths.h"

#include "base/pages.h"

#define BUCKETS (PATHS_MAX + 1u) /* a power of two */

#define SLOTS_SIZE   (PATHS_MAX * sizeof(struct path_slot))
#define BUCKETS_SIZE (BUCKETS * sizeof(uint16_t))

static unsigned bucket_of(const struct paths *p, const struct path *path)
{
	uint64_t remote = 0, local = 0, hash;

	memcpy(&remote, path->remote, sizeof(path->remote));
	memcpy(&local, path->local, sizeof(path->local));
	remote ^= (uint64_t)path->vlan << 48;
	local ^= (uint64_t)path->link << 48;
	hash = (remote ^ p->key.k0) * (p->key.k1 | 1);
	hash = (hash ^ hash >> 32 ^ local) * (p->key.k1 | 1);
	return (unsigned)(hash >> 32) & (BUCKETS - 1);
}

static void push(struct paths *p, uint16_t *head, unsigned i)
{
	p->slot[i].next = *head;
	*head = (uint16_t)(i + 1);
}

/* Allocates the slots and buckets. Unused pages of them take no memory; a table that grew would
 * move all paths at once. */
static bool allocate(struct paths *p)
{
	p->slot = pages_take(SLOTS_SIZE);
	p->bucket = pages_take(BUCKETS_SIZE);
	if (p->slot && p->bucket)
		return true;
	paths_free(p);
	return false;
}

/* Returns the index of an unused slot, or PATHS_MAX if there is none. */
static unsigned free_slot(struct paths *p)
{
	unsigned i;

	if (p->free) {
		i = p->free - 1u;
		p->free = p->slot[i].next;
		return i;
	}
	if (p->begun == PATHS_MAX || (!p->slot && !allocate(p)))
		return PATHS_MAX;
	return p->begun++;
}

/* Returns the index of the path, or PATHS_MAX if no connection uses it. */
static unsigned find(const struct paths *p, const struct path *path)
{
	unsigned i = p->slot ? p->bucket[bucket_of(p, path)] : 0;

	while (i && !path_equal(&p->slot[i - 1].path, path))
		i = p->slot[i - 1].next;
	return i ? i - 1 : PATHS_MAX;
}

bool paths_have_room(const struct paths *p, const struct path *path, unsigned most)
{
	return p->count < most || find(p, path) != PATHS_MAX;
}

uint16_t paths_take(struct paths *p, const struct path *path, unsigned most)
{
	unsigned i = find(p, path);

	if (i != PATHS_MAX) {
		p->slot[i].users++;
		return (uint16_t)i;
	}
	i = p->count < most ? free_slot(p) : PATHS_MAX;
	if (i == PATHS_MAX)
		return PATH_NONE;
	p->slot[i] = (struct path_slot){.path = *path, .users = 1};
	push(p, &p->bucket[bucket_of(p, path)], i);
	p->count++;
	return (uint16_t)i;
}

void paths_put(struct paths *p, uint16_t index)
{
	struct path_slot *s = &p->slot[index];
	uint16_t *at;

	if (--s->users)
		return;
	at = &p->bucket[bucket_of(p, &s->path)];
	while (*at != index + 1)
		at = &p->slot[*at - 1].next;
	*at = s->next;
	push(p, &p->free, index);
	p->count--;
}

void paths_free(struct paths *p)
{
	if (p->slot)
		pages_return(p->slot, SLOTS_SIZE);
	if (p->bucket)
		pages_return(p->bucket, BUCKETS_SIZE);
	*p = (struct paths){.key = p->key};
}
