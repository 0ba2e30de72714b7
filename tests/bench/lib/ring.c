/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include "clock.h"
#include "words.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define BLOCK_SIZE (128 * 1024)
#define FRAME_SIZE 2048
#define TIMEOUT    1 /* ms */

static void set(int fd, int option, const void *value, socklen_t len)
{
	if (setsockopt(fd, SOL_PACKET, option, value, len) < 0)
		die("option of a packet socket");
}

static void join(const struct ring *r, const char *interface)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = (int)if_nametoindex(interface)};
	struct packet_mreq all = {.mr_ifindex = at.sll_ifindex, .mr_type = PACKET_MR_PROMISC};

	if (at.sll_ifindex == 0 || bind(r->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		die(interface);
	set(r->fd, PACKET_ADD_MEMBERSHIP, &all, sizeof(all));
}

void ring_open(struct ring *r, int version, const char *interface, unsigned megabytes,
	       const struct sock_fprog *filter)
{
	struct tpacket_req3 request = {.tp_block_size = BLOCK_SIZE, .tp_frame_size = FRAME_SIZE};
	int kind = version == 3 ? TPACKET_V3 : TPACKET_V2, on = 1;
	size_t size = (size_t)megabytes << 20;

	request.tp_block_nr = (unsigned)(size / BLOCK_SIZE);
	request.tp_frame_nr = (unsigned)(size / FRAME_SIZE);
	request.tp_retire_blk_tov = TIMEOUT;
	*r = (struct ring){.fd = socket(AF_PACKET, SOCK_RAW, 0), .version = version};
	if (r->fd < 0)
		die("packet socket");
	if (filter && setsockopt(r->fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, sizeof(*filter)) < 0)
		die("filter");
	set(r->fd, PACKET_VERSION, &kind, sizeof(kind));
	set(r->fd, PACKET_RX_RING, &request,
	    version == 3 ? sizeof(request) : sizeof(struct tpacket_req));
	set(r->fd, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	r->map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (r->map == MAP_FAILED)
		die("ring");
	r->block_size = version == 3 ? BLOCK_SIZE : FRAME_SIZE;
	r->blocks = version == 3 ? request.tp_block_nr : request.tp_frame_nr;
	join(r, interface);
}

static void *current(const struct ring *r)
{
	return r->map + (size_t)r->at * r->block_size;
}

static void advance(struct ring *r)
{
	r->at = (r->at + 1) % r->blocks;
	r->held = 0;
}

static int next_v2(struct ring *r, struct ring_frame *out)
{
	struct tpacket2_hdr *h = current(r);

	if (r->held) {
		__atomic_store_n(&h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		advance(r);
		h = current(r);
	}
	if (!(__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return 0;
	r->held = 1;
	*out = (struct ring_frame){.octets = (uint8_t *)h + h->tp_mac,
				   .len = h->tp_snaplen,
				   .when = h->tp_sec * NS_PER_SECOND + h->tp_nsec};
	return 1;
}

static int next_block(struct ring *r)
{
	struct tpacket_hdr_v1 *block = &((struct tpacket_block_desc *)current(r))->hdr.bh1;

	if (r->held) {
		__atomic_store_n(&block->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		advance(r);
		block = &((struct tpacket_block_desc *)current(r))->hdr.bh1;
	}
	if (!(__atomic_load_n(&block->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return 0;
	r->held = 1;
	r->left = block->num_pkts;
	r->next = (uint8_t *)current(r) + block->offset_to_first_pkt;
	return 1;
}

static int next_v3(struct ring *r, struct ring_frame *out)
{
	struct tpacket3_hdr *h;

	while (r->left == 0)
		if (!next_block(r))
			return 0;
	h = (void *)r->next;
	r->left--;
	r->next += h->tp_next_offset;
	*out = (struct ring_frame){.octets = (uint8_t *)h + h->tp_mac,
				   .len = h->tp_snaplen,
				   .when = h->tp_sec * NS_PER_SECOND + h->tp_nsec};
	return 1;
}

int ring_next(struct ring *r, struct ring_frame *out)
{
	return r->version == 3 ? next_v3(r, out) : next_v2(r, out);
}

void ring_wait(const struct ring *r, int ms)
{
	poll(&(struct pollfd){.fd = r->fd, .events = POLLIN}, 1, ms);
}

unsigned ring_lost(const struct ring *r)
{
	struct tpacket_stats_v3 stats = {0};
	socklen_t len = sizeof(stats);

	getsockopt(r->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	return stats.tp_drops;
}
