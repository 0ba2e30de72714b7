/* SPDX-License-Identifier: MIT */
/* The paths of the connections. Paths are few (a router each), connections many: a connection keeps
 * an index. A slot stays a path's for as long as a connection uses it, and is free afterwards. */
#ifndef SYNACKD_LINK_PATHS_H
#define SYNACKD_LINK_PATHS_H

#include "base/random.h"
#include "link/frame.h"

#include <string.h>

#define PATHS_MAX      UINT16_MAX
#define PATHS_UNPROVED (PATHS_MAX / 4 * 3) /* for clients that have not acknowledged our ISN */
#define PATH_NONE      UINT16_MAX          /* is no index */

struct path_slot {
	struct path path;
	uint32_t users;
	uint16_t next; /* in its bucket, or free; 1 more than the index, 0: none */
};

/* All 0 is an empty table without a key; a key keeps neighbours from making long chains. */
struct paths {
	struct siphash_key key;
	struct path_slot *slot;
	uint16_t *bucket;         /* heads of chains; `capacity` of them */
	unsigned capacity, begun; /* slots that there is room for; that were ever in use */
	uint16_t free;            /* head of the chain of free ones */
	unsigned count;           /* slots in use */
};

/* Is the path in use, or are fewer than `most` slots? */
bool paths_have_room(const struct paths *p, const struct path *path, unsigned most);
/* The index of this path, with one user more. PATH_NONE: paths_have_room() is false for `most`,
 * which is at most PATHS_MAX, or there is no memory. */
uint16_t paths_take(struct paths *p, const struct path *path, unsigned most);
/* One user less of a path that was taken. */
void paths_put(struct paths *p, uint16_t index);
void paths_free(struct paths *p); /* leaves it empty and usable */

/* A path in use; valid until the next paths_take or paths_put. */
static inline const struct path *paths_at(const struct paths *p, uint16_t index)
{
	return &p->slot[index].path;
}

static inline bool path_equal(const struct path *a, const struct path *b)
{
	/* Field by field: the padding may hold anything. */
	return memcmp(a->remote, b->remote, sizeof(a->remote)) == 0 &&
	       memcmp(a->local, b->local, sizeof(a->local)) == 0 && a->vlan == b->vlan &&
	       a->link == b->link;
}

#endif
