/* SPDX-License-Identifier: MIT */
#include "link/packet.h"

#include "base/container.h"
#include "base/text.h"
#include "link/ether.h"
#include "link/interface.h"
#include "link/neighbour.h"
#include "link/packet_filter.h"
#include "link/packet_send.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A block must be large enough for a frame of 64 kB. The kernel delivers a block when it is
 * full, or after a millisecond. BLOCK_COUNT is therefore also the time, in ms, that a worker may
 * be busy before frames are lost. */
#define BLOCK_SIZE    (128 * 1024)
#define BLOCK_COUNT   64
#define BLOCK_TIMEOUT 1    /* ms */
#define RING_FRAME    2048 /* TPACKET_V3 packs frames; the kernel only checks the product */
#define RING_SIZE     ((size_t)BLOCK_SIZE * BLOCK_COUNT)
#define VNET_HDR_LEN  sizeof(struct virtio_net_hdr)

#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000 /* since Linux 6.2; older kernels ignore it */
#endif

struct ring {
	uint8_t *map;
	unsigned block; /* index of the current block, or of the next one */
	bool held;      /* the block belongs to this process until it is released */
	bool losing;    /* frames were lost before the kernel closed the block */
	uint32_t left;  /* frames in the block that are not yet read */
	const struct tpacket3_hdr *next; /* the first of them */
};

struct packet {
	struct link link;
	struct ring ring;
	struct sender *sender;
	bool idle; /* the last call of receive() found no frame */
	struct interface interface;
	struct packet_share share;
	struct neighbour neighbour; /* the virtual addresses */
	bool promiscuous;           /* frames to the virtual MAC are accepted */
	uint8_t reply[NEIGHBOUR_FRAME_MAX];
};

static struct tpacket_hdr_v1 *ring_block(const struct ring *r)
{
	void *block = r->map + (size_t)r->block * BLOCK_SIZE;

	return &((struct tpacket_block_desc *)block)->hdr.bh1;
}

static void ring_release(struct ring *r)
{
	__atomic_store_n(&ring_block(r)->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	r->block = (r->block + 1) % BLOCK_COUNT;
	r->held = false;
}

/* Takes the next block, if the kernel has delivered it. */
static bool ring_take(struct ring *r)
{
	struct tpacket_hdr_v1 *block = ring_block(r);
	uint32_t status = __atomic_load_n(&block->block_status, __ATOMIC_ACQUIRE);

	if (!(status & TP_STATUS_USER))
		return false;
	r->held = true;
	r->losing = status & TP_STATUS_LOSING;
	r->left = block->num_pkts;
	r->next =
		(const void *)(r->map + (size_t)r->block * BLOCK_SIZE + block->offset_to_first_pkt);
	return true;
}

/* Returns the next frame, or NULL. It is valid until the next call, which releases the block. */
static const struct tpacket3_hdr *ring_next(struct ring *r)
{
	const struct tpacket3_hdr *frame;

	while (r->left == 0) {
		if (r->held)
			ring_release(r);
		if (!ring_take(r))
			return NULL;
	}
	frame = r->next;
	r->left--;
	r->next = (const void *)((const uint8_t *)frame + frame->tp_next_offset);
	return frame;
}

/* Reading the kernel's counter resets it; until then the kernel marks every block as losing. */
static void count_losses(struct packet *p)
{
	struct tpacket_stats_v3 stats;
	socklen_t len = sizeof(stats);

	p->ring.losing = false;
	if (getsockopt(p->link.fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
		p->link.counters.dropped_in += stats.tp_drops;
}

/* Returns true if the sender left segmentation or the checksum to the hardware. */
static bool offloaded(const uint8_t *link_header)
{
	struct virtio_net_hdr vnet;

	memcpy(&vnet, link_header - VNET_HDR_LEN, VNET_HDR_LEN);
	return vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE || vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
}

/* Returns true for a frame to the interface's own link address, false for the virtual MAC or a
 * group. */
static bool is_kernels(const struct tpacket3_hdr *h)
{
	const uint8_t *after = (const uint8_t *)h + TPACKET_ALIGN(sizeof(*h));

	return ((const struct sockaddr_ll *)(const void *)after)->sll_pkttype == PACKET_HOST;
}

/* Processes a frame for virtual addresses. Returns true if it is for the responder. */
static bool receive_neighbour(struct packet *p, const struct path *path, uint16_t type,
			      const struct cursor *c)
{
	struct link_counters *counters = &p->link.counters;
	size_t len;

	switch (neighbour_receive(&p->neighbour, path, type, c->at, c->left, p->reply, &len)) {
	case NEIGHBOUR_PACKET: return true;
	case NEIGHBOUR_ANSWERED:
		counters->neighbour_out++;
		sender_send_frame(p->sender, p->reply, path->vlan ? ETHER_HEADER_MAX : ETHER_HEADER,
				  len);
		return false;
	case NEIGHBOUR_REFUSED: counters->neighbour_refused++; return false;
	case NEIGHBOUR_STRAY: counters->stray_in++; return false;
	}
	return false;
}

/* Returns true for a frame with an 802.1ad tag: its network differs from the 802.1Q network of
 * the same number. */
static bool has_other_tag(const struct tpacket3_hdr *h)
{
	return h->tp_status & TP_STATUS_VLAN_TPID_VALID && h->hv1.tp_vlan_tpid != ETHER_TAGGED;
}

enum reading { READ_FRAME, READ_NEIGHBOUR, READ_MALFORMED };

static enum reading read_frame(struct packet *p, const struct tpacket3_hdr *h, struct frame *out)
{
	const uint8_t *header = (const uint8_t *)h + h->tp_mac;
	struct cursor c = cursor_of(header, h->tp_snaplen);
	struct path path = {.link = p->link.index};
	bool owned = is_kernels(h);
	uint16_t type = 0;

	if (h->tp_net - h->tp_mac == ETHER_HEADER)
		type = ether_read(&c, &path);
	else
		cursor_take(&c, (size_t)(h->tp_net - h->tp_mac));
	if (c.failed || c.left == 0)
		return READ_MALFORMED;
	if (has_other_tag(h)) {
		p->link.counters.stray_in++;
		return READ_NEIGHBOUR;
	}
	/* The kernel has moved the tag from the frame to its metadata. */
	if (h->tp_status & TP_STATUS_VLAN_VALID)
		path.vlan = (uint16_t)h->hv1.tp_vlan_tci;
	if (!owned && !receive_neighbour(p, &path, type, &c))
		return READ_NEIGHBOUR;
	*out = (struct frame){
		.packet = c.at,
		.len = c.left,
		.when = (nstime)h->tp_sec * NS_PER_S + h->tp_nsec,
		.path = path,
		.owned = owned,
		.offload = offloaded(header) || c.left > p->link.mtu,
	};
	return READ_FRAME;
}

/* Returns 0 if no frame waits, or -1 and sets errno if the interface went down. In the latter
 * case the socket stays readable until its error is fetched, so fetch it if two calls in
 * succession find no frame. */
static int nothing(struct packet *p)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (!p->idle) {
		p->idle = true;
		return 0;
	}
	if (getsockopt(p->link.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error == 0)
		return 0;
	errno = error;
	return -1;
}

static int packet_receive(struct link *l, struct frame *out)
{
	struct packet *p = container_of(l, struct packet, link);
	const struct tpacket3_hdr *h;

	for (int i = 0; i < STRAYS_MAX; i++) {
		h = ring_next(&p->ring);
		if (!h)
			return nothing(p);
		p->idle = false;
		if (p->ring.losing)
			count_losses(p);
		switch (read_frame(p, h, out)) {
		case READ_FRAME:
			l->counters.frames_in++;
			l->counters.bytes_in += out->len;
			return 1;
		case READ_NEIGHBOUR: break;
		case READ_MALFORMED: l->counters.malformed_in++; break;
		}
	}
	return 0;
}

static uint8_t *packet_room(struct link *l, const struct path *to)
{
	return sender_room(container_of(l, struct packet, link)->sender, to);
}

static void packet_send(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
			nstime when)
{
	(void)when;
	sender_send(container_of(l, struct packet, link)->sender, to, packet, len);
}

static void packet_flush(struct link *l)
{
	sender_flush(container_of(l, struct packet, link)->sender);
}

static void packet_close(struct link *l)
{
	struct packet *p = container_of(l, struct packet, link);

	if (p->ring.map)
		munmap(p->ring.map, RING_SIZE);
	if (l->fd >= 0)
		close(l->fd);
	sender_close(p->sender);
	neighbour_release(&p->neighbour);
	broadcasts_free(&l->broadcasts);
	free(p);
}

static bool set_filter(const struct packet *p, const uint8_t *virtual_mac)
{
	struct sock_filter code[PACKET_FILTER_MAX];
	struct sock_fprog program = {.len = packet_filter(code, virtual_mac, &p->share),
				     .filter = code};

	return setsockopt(p->link.fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

/* Accepts or rejects frames to the virtual MAC. The kernel counts the sockets that request
 * promiscuous mode, and stops counting a socket when it is closed. */
static bool set_promiscuous(struct packet *p, bool on)
{
	struct packet_mreq request = {.mr_ifindex = p->interface.index,
				      .mr_type = PACKET_MR_PROMISC};
	int option = on ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;

	if (on == p->promiscuous)
		return true;
	if (!set_filter(p, on ? p->neighbour.mac : NULL) ||
	    setsockopt(p->link.fd, SOL_PACKET, option, &request, sizeof(request)) < 0)
		return false;
	p->promiscuous = on;
	return true;
}

/* An operator may have changed the MTU. */
static void follow_mtu(struct packet *p)
{
	struct interface now;
	char *error = NULL;

	if (interface_find(p->link.name, &now, &error) && now.index == p->interface.index)
		p->link.mtu = p->neighbour.mtu = now.mtu;
	free(error);
}

static bool packet_answer_for(struct link *l, struct answering *answering)
{
	struct packet *p = container_of(l, struct packet, link);
	bool answers = answering_own(answering, l->name);

	follow_mtu(p);
	if (answers && (!p->interface.ethernet || p->interface.loopback)) {
		errno = EOPNOTSUPP;
		return false;
	}
	if (!set_promiscuous(p, answers))
		return false;
	neighbour_use(&p->neighbour, answering, l->name);
	return true;
}

static const struct link_ops packet_ops = {
	.kind = "packet",
	.receive = packet_receive,
	.room = packet_room,
	.send = packet_send,
	.flush = packet_flush,
	.answer_for = packet_answer_for,
	.close = packet_close,
};

int packet_interface(const struct link *l)
{
	struct sockaddr_ll bound = {0};
	socklen_t len = sizeof(bound);

	/* When the interface is removed, the kernel detaches the socket from it permanently. */
	if (l->ops != &packet_ops || getsockname(l->fd, (struct sockaddr *)&bound, &len) < 0)
		return 0;
	return bound.sll_ifindex;
}

static int set_option(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof(value));
}

/* The socket receives nothing until bind_to(), after the filter is attached. */
static bool ring_open(struct packet *p)
{
	struct tpacket_req3 request = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = BLOCK_COUNT,
		.tp_frame_size = RING_FRAME,
		.tp_frame_nr = RING_SIZE / RING_FRAME,
		.tp_retire_blk_tov = BLOCK_TIMEOUT,
	};
	int fd = p->link.fd;
	void *map;

	if (!set_filter(p, NULL) || set_option(fd, PACKET_VERSION, TPACKET_V3) < 0 ||
	    set_option(fd, PACKET_VNET_HDR, 1) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) < 0)
		return false;
	/* Avoids a copy of outgoing frames, which the filter would reject. Optional in older
	 * kernels. */
	(void)set_option(fd, PACKET_IGNORE_OUTGOING, 1);
	map = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return false;
	p->ring.map = map;
	return true;
}

static bool bind_to(int fd, const struct interface *interface)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = interface->index,
	};

	return bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

static bool receiver_open(struct packet *p, const struct interface *interface, char **error)
{
	p->link.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (p->link.fd < 0 && errno == EPERM) {
		*error = xasprintf("cannot capture on %s: missing capability CAP_NET_RAW: run as "
				   "root, or as a service",
				   interface->name);
		return false;
	}
	if (p->link.fd >= 0 && ring_open(p) && bind_to(p->link.fd, interface))
		return true;
	*error = xasprintf("cannot capture on %s: %s", interface->name, strerror(errno));
	return false;
}

static struct link *open_one(const struct interface *interface, const struct packet_share *share,
			     char **error)
{
	struct packet *p = xcalloc(1, sizeof(*p));

	p->link = (struct link){
		.ops = &packet_ops,
		.fd = -1,
		.mtu = interface->mtu,
		.loopback = interface->loopback,
	};
	memcpy(p->link.name, interface->name, sizeof(interface->name));
	p->interface = *interface;
	p->share = *share;
	p->neighbour.mtu = interface->mtu;
	p->neighbour.broadcasts = &p->link.broadcasts;
	neighbour_mac(interface->mac, p->neighbour.mac);
	if (!receiver_open(p, interface, error)) {
		packet_close(&p->link);
		return NULL;
	}
	p->sender = sender_open(interface, &p->link.counters, error);
	if (!p->sender) {
		packet_close(&p->link);
		return NULL;
	}
	return &p->link;
}

/* --- several workers -------------------------------------------------------------------------- */

static bool fanout_program(int fd)
{
	struct sock_filter code[PACKET_FILTER_MAX];
	struct sock_fprog program = {.len = packet_fanout(code), .filter = code};

	return setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof(program)) == 0;
}

/*
 * Lets the kernel offer each frame only to the socket of its worker. This is an optimization:
 * without a fanout group the kernel offers each frame to all sockets, and their filters select
 * the same frames. Kernels before 6.13 refuse the group while the interface is down; the sockets
 * then stay without one. While sockets join, a frame may be lost; none is received twice.
 */
static bool join_fanout(struct link *const link[], unsigned links)
{
	int group = (PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID |
		     PACKET_FANOUT_FLAG_IGNORE_OUTGOING)
		    << 16;
	socklen_t len = sizeof(group);

	if (set_option(link[0]->fd, PACKET_FANOUT, group) < 0)
		return errno == EINVAL;
	/* Gets the number of the group with its flags, which the other sockets must repeat. */
	if (getsockopt(link[0]->fd, SOL_PACKET, PACKET_FANOUT, &group, &len) < 0 ||
	    !fanout_program(link[0]->fd))
		return false;
	/* Sockets get their numbers in the group in the order of joining. */
	for (unsigned i = 1; i < links; i++)
		if (set_option(link[i]->fd, PACKET_FANOUT, group) < 0)
			return false;
	return true;
}

static void close_all(struct link *const link[], unsigned links)
{
	while (links > 0)
		packet_close(link[--links]);
}

bool packet_open_shared(const char *interface, unsigned workers, struct link *out[], char **error)
{
	struct interface found;

	if (!interface_find(interface, &found, error))
		return false;
	for (unsigned i = 0; i < workers; i++) {
		const struct packet_share share = {.of = workers, .number = i};

		out[i] = open_one(&found, &share, error);
		if (!out[i]) {
			close_all(out, i);
			return false;
		}
	}
	if (workers == 1 || join_fanout(out, workers))
		return true;
	*error = xasprintf("cannot share %s among %u workers: %s", found.name, workers,
			   strerror(errno));
	close_all(out, workers);
	return false;
}

struct link *packet_open(const char *interface, char **error)
{
	struct link *l;

	return packet_open_shared(interface, 1, &l, error) ? l : NULL;
}
