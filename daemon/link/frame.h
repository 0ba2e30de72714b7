/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_LINK_FRAME_H
#define SYNACKD_LINK_FRAME_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One IP packet as a link hands it over: the link header is already off. */
struct frame {
	const uint8_t *packet; /* from the IP header on; borrowed until the next receive */
	size_t len;            /* link padding may follow the IP packet */
	nstime when;   /* stamp of the frame, not of our waking up; live by CLOCK_REALTIME */
	uint16_t path; /* the way back: an index into struct paths */
	bool owned;    /* it came to a link address of the kernel's; false in a capture */
	bool offload;  /* larger than the MTU, or its checksum was left to the hardware */
};

/* The way back to where a frame came from. */
struct path {
	uint8_t link;      /* index of the link in its worker */
	uint8_t remote[6]; /* link addresses; zero where the link has none */
	uint8_t local[6];
	uint16_t vlan; /* tag control information, 0 when untagged */
};

#define PATHS_MAX 4096

/* Paths are few (a router each), connections many: a connection keeps an index. At the bound the
 * oldest entry is taken over, and `replaced` counts. Zeroed is empty. */
struct paths {
	struct path *path; /* grows up to PATHS_MAX */
	unsigned count;
	unsigned capacity;
	unsigned oldest;  /* next to be taken over */
	uint16_t *next;   /* chains of a hash table; 1 more than the index, 0 ends one */
	uint16_t *bucket; /* their heads */
	uint64_t replaced;
};

/* The index of this path, which is added when it is new. */
uint16_t paths_intern(struct paths *p, const struct path *path);
void paths_free(struct paths *p); /* leaves it empty and usable */

#endif
