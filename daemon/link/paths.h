/* SPDX-License-Identifier: MIT */
/*
 * paths: the table of the connections' paths.
 *
 * There are few paths (one for each router) and many connections, so a connection stores an
 * index. A slot is freed when no connection uses its path.
 */
#ifndef SYNACKD_LINK_PATHS_H
#define SYNACKD_LINK_PATHS_H

#include "base/random.h"
#include "link/frame.h"

#include <string.h>

#define PATHS_MAX      UINT16_MAX
#define PATHS_UNPROVED (PATHS_MAX / 4 * 3) /* for clients before the end of the handshake */
#define PATH_NONE      UINT16_MAX          /* not an index */

struct path_slot {
	struct path path;
	uint32_t users;
	uint16_t next; /* index + 1 of the next slot in its list; 0: none */
};

/* A zeroed struct is an empty table without a key. A random key prevents neighbours from forcing
 * long hash chains. */
struct paths {
	struct siphash_key key;
	struct path_slot *slot;
	uint16_t *bucket; /* heads of chains */
	unsigned begun;   /* slots ever used */
	uint16_t free;    /* head of the list of free slots */
	unsigned count;   /* slots in use */
};

/* Returns true if the path is in use, or if fewer than `most` slots are. */
bool paths_have_room(const struct paths *p, const struct path *path, unsigned most);
/* Returns the index of the path, and adds a user. Returns PATH_NONE if paths_have_room() is
 * false for `most`, which is at most PATHS_MAX, or if there is no memory. */
uint16_t paths_take(struct paths *p, const struct path *path, unsigned most);
/* Removes a user of a path. */
void paths_put(struct paths *p, uint16_t index);
void paths_free(struct paths *p); /* leaves an empty table */

/* Returns a path in use; valid until the next paths_take() or paths_put(). */
static inline const struct path *paths_at(const struct paths *p, uint16_t index)
{
	return &p->slot[index].path;
}

static inline bool path_equal(const struct path *a, const struct path *b)
{
	/* Both addresses at once, but without the padding at the end, which is undefined. */
	return memcmp(a, b, sizeof(a->remote) + sizeof(a->local)) == 0 && a->vlan == b->vlan &&
	       a->link == b->link;
}

#endif
