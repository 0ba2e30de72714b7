/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include "words.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <unistd.h>

#define SEND_BUFFER (4 * 1024 * 1024)

struct batch *batch_open(const char *interface)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_ifindex = (int)if_nametoindex(interface)};
	struct batch *b = calloc(1, sizeof(*b));
	int on = 1, size = SEND_BUFFER;

	if (!b)
		die("memory");
	b->fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (b->fd < 0 || at.sll_ifindex == 0 ||
	    bind(b->fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    setsockopt(b->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0)
		die(interface);
	(void)setsockopt(b->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	for (unsigned i = 0; i < BATCH_MAX; i++) {
		b->piece[i].iov_base = b->frame[i];
		b->message[i].msg_hdr = (struct msghdr){.msg_iov = &b->piece[i], .msg_iovlen = 1};
	}
	return b;
}

void batch_close(struct batch *b)
{
	close(b->fd);
	free(b);
}

void batch_add(struct batch *b, unsigned len)
{
	b->piece[b->count++].iov_len = len;
	if (b->count == BATCH_MAX)
		batch_flush(b);
}

void batch_flush(struct batch *b)
{
	unsigned done = 0;

	while (done < b->count) {
		int n = sendmmsg(b->fd, b->message + done, b->count - done, 0);

		if (n > 0)
			done += (unsigned)n;
		else if (errno == ENOBUFS)
			done++; /* the frame is lost, as on a link */
		else if (errno != EINTR)
			die("cannot send");
	}
	b->count = 0;
}
