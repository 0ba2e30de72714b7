/* SPDX-License-Identifier: MIT */
#include "link/packet_ring.h"

#include "link/ether.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define BLOCK_SIZE   (64 * 1024)  /* of memory that the kernel allocates in one piece */
#define COPY_MAX     (128 * 1024) /* octets of a frame; the longest IP packet is shorter */
#define VNET_HDR_LEN sizeof(struct virtio_net_hdr)
#define LOSSES_EVERY 256 /* frames: the kernel marks all that arrive until its count is read */

_Static_assert(BLOCK_SIZE % PACKET_SLOT == 0 && BLOCK_SIZE % PACKET_SLOT_LARGE == 0,
	       "slots have no gaps");
_Static_assert(PACKET_SLOT % TPACKET_ALIGNMENT == 0, "a size that the kernel accepts");

static struct tpacket2_hdr *current(const struct packet_ring *r)
{
	void *slot = r->map + (size_t)r->next * r->slot;

	return slot;
}

static void release(struct packet_ring *r)
{
	__atomic_store_n(&current(r)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	r->next = (r->next + 1) % (PACKET_RING_SIZE / r->slot);
	r->held = false;
}

/* Reading the kernel's count resets it; until then the kernel marks each frame that arrives. */
static void count_losses(struct packet_ring *r)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	r->losing = false;
	r->since = 0;
	if (getsockopt(r->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
		r->lost += stats.tp_drops;
}

/* Receives the whole of a frame that is longer than its slot. Returns its length, or 0 if the queue
 * of such frames had no space. */
static size_t receive_copy(struct packet_ring *r)
{
	ssize_t len = -1;

	/* The socket returns an error of the interface before the frame. */
	for (int i = 0; i < 2 && len < 0; i++) {
		len = recv(r->fd, r->copy, COPY_MAX, MSG_DONTWAIT);
		if (len < 0 && errno != EAGAIN)
			r->error = errno;
	}
	return len > (ssize_t)VNET_HDR_LEN ? (size_t)len - VNET_HDR_LEN : 0;
}

static void read_metadata(const struct tpacket2_hdr *h, struct packet_ring_frame *out)
{
	struct virtio_net_hdr vnet;
	struct sockaddr_ll from;

	memcpy(&from, (const uint8_t *)h + TPACKET_ALIGN(sizeof(*h)), sizeof(from));
	memcpy(&vnet, out->octets - VNET_HDR_LEN, VNET_HDR_LEN);
	out->header = (size_t)(h->tp_net - h->tp_mac);
	out->when = (nstime)h->tp_sec * NS_PER_S + h->tp_nsec;
	out->vlan = h->tp_status & TP_STATUS_VLAN_VALID ? h->tp_vlan_tci : 0;
	out->other_tag =
		h->tp_status & TP_STATUS_VLAN_TPID_VALID && h->tp_vlan_tpid != ETHER_TAGGED;
	out->owned = from.sll_pkttype == PACKET_HOST;
	out->offload = vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE ||
		       vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
}

/* Reads the frame of the current slot. Returns false if it was lost. */
static bool read_slot(struct packet_ring *r, struct packet_ring_frame *out)
{
	const struct tpacket2_hdr *h = current(r);

	out->octets = (const uint8_t *)h + h->tp_mac;
	out->len = h->tp_snaplen;
	if (h->tp_snaplen < h->tp_len) {
		out->octets = r->copy + VNET_HDR_LEN;
		out->len = h->tp_status & TP_STATUS_COPY ? receive_copy(r) : 0;
		if (out->len == 0) {
			r->lost++;
			return false;
		}
	}
	read_metadata(h, out);
	return true;
}

bool packet_ring_next(struct packet_ring *r, struct packet_ring_frame *out)
{
	uint32_t status;

	for (;;) {
		if (r->held)
			release(r);
		status = __atomic_load_n(&current(r)->tp_status, __ATOMIC_ACQUIRE);
		if (!(status & TP_STATUS_USER))
			break;
		r->held = true;
		r->since++;
		r->losing = r->losing || status & TP_STATUS_LOSING;
		if (r->losing && r->since >= LOSSES_EVERY)
			count_losses(r);
		if (read_slot(r, out))
			return true;
	}
	if (r->losing)
		count_losses(r);
	return false;
}

int packet_ring_error(struct packet_ring *r)
{
	int error = r->error, pending = 0;
	socklen_t len = sizeof(pending);

	r->error = 0;
	if (error == 0 && getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &pending, &len) == 0)
		error = pending;
	return error;
}

static int set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* Sets the size of the queue of long frames. Returns the size that the kernel grants. */
static int set_copies(int fd)
{
	int size = PACKET_COPIES / 2, granted = 0; /* the kernel doubles it */
	socklen_t len = sizeof(granted);

	/* Exceeding the system's limit requires CAP_NET_ADMIN, which is optional. */
	if (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, size) < 0)
		(void)set_option(fd, SOL_SOCKET, SO_RCVBUF, size);
	(void)getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &len);
	return granted;
}

bool packet_ring_open(struct packet_ring *r, int fd)
{
	struct tpacket_req request = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = PACKET_RING_SIZE / BLOCK_SIZE,
	};
	void *map;

	r->fd = fd;
	r->slot = set_copies(fd) < PACKET_COPIES ? PACKET_SLOT_LARGE : PACKET_SLOT;
	r->since = LOSSES_EVERY;
	request.tp_frame_size = r->slot;
	request.tp_frame_nr = PACKET_RING_SIZE / r->slot;
	if (set_option(fd, SOL_PACKET, PACKET_VERSION, TPACKET_V2) < 0 ||
	    set_option(fd, SOL_PACKET, PACKET_VNET_HDR, 1) < 0 ||
	    set_option(fd, SOL_PACKET, PACKET_COPY_THRESH, 1) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) < 0)
		return false;
	map = mmap(NULL, PACKET_RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return false;
	r->map = map;
	r->copy = malloc(COPY_MAX);
	return r->copy;
}

void packet_ring_close(struct packet_ring *r)
{
	if (r->map)
		munmap(r->map, PACKET_RING_SIZE);
	free(r->copy);
	*r = (struct packet_ring){0};
}
