/* SPDX-License-Identifier: MIT */
/* batch: the sending side of a packet socket. It sends frames in batches, past the queueing
 * discipline, as the daemon's packet link does. */
#ifndef BENCH_BATCH_H
#define BENCH_BATCH_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define BATCH_MAX   64
#define BATCH_FRAME 2048

struct batch {
	int fd;
	unsigned count;
	uint8_t frame[BATCH_MAX][BATCH_FRAME];
	struct iovec piece[BATCH_MAX];
	struct mmsghdr message[BATCH_MAX];
};

/* Returns a sender on the interface. Ends the process on failure. */
struct batch *batch_open(const char *interface);
void batch_close(struct batch *b); /* without the frames that are not yet sent */

/* Returns space for the next frame. The caller writes it and calls batch_add(). */
static inline uint8_t *batch_space(struct batch *b)
{
	return b->frame[b->count];
}

/* Adds the frame, of `len` octets. Sends the batch if it is full. */
void batch_add(struct batch *b, unsigned len);

/* Sends the frames of the batch. Ends the process if the kernel refuses one for any other reason
 * than a full queue. */
void batch_flush(struct batch *b);

#endif
