/* SPDX-License-Identifier: MIT */
/* ring: the receiving side of a packet socket, in a ring that is mapped into the process. */
#ifndef BENCH_RING_H
#define BENCH_RING_H

#include <linux/filter.h>
#include <stdint.h>

struct ring {
	int fd, version; /* of TPACKET: 2 or 3 */
	uint8_t *map;
	unsigned block_size, blocks; /* version 2: of a frame, and the number of frames */
	unsigned at;                 /* the current block or frame */
	int held;                    /* version 3: the block is being read */
	uint32_t left;
	uint8_t *next;
};

struct ring_frame {
	uint8_t *octets; /* from the link header on; the program may change them */
	uint32_t len;    /* of octets in the ring */
	int64_t when;
};

/* Opens a ring of `megabytes`, in blocks of 128 kB which the kernel delivers after a millisecond,
 * as the daemon's packet link has them. Version 2 has no blocks. The socket receives all frames
 * that arrive at the interface, also to other stations, or the frames that `filter` accepts. Ends
 * the process on failure. */
void ring_open(struct ring *r, int version, const char *interface, unsigned megabytes,
	       const struct sock_fprog *filter);

/* Returns 1 and the next frame, or 0 if none waits. The frame is valid until the next call. */
int ring_next(struct ring *r, struct ring_frame *out);

/* Waits for a frame, at most `ms`. */
void ring_wait(const struct ring *r, int ms);

/* Returns the number of frames that did not fit into the ring since the last call. */
unsigned ring_lost(const struct ring *r);

#endif
