/* SPDX-License-Identifier: MIT */
#include "link/packet.h"

#include "base/container.h"
#include "base/text.h"
#include "link/ether.h"
#include "link/interface.h"
#include "link/neighbour.h"
#include "link/packet_filter.h"
#include "link/packet_ring.h"
#include "link/packet_send.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000 /* since Linux 6.2; older kernels ignore it */
#endif

struct packet {
	struct link link;
	struct packet_ring ring;
	struct sender *sender;
	bool idle; /* the last call of receive() found no frame */
	struct interface interface;
	struct packet_share share;
	struct neighbour neighbour; /* the virtual addresses */
	bool promiscuous;           /* frames to the virtual MAC are accepted */
	uint8_t reply[NEIGHBOUR_FRAME_MAX];
};

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

enum reading { READ_FRAME, READ_NEIGHBOUR, READ_MALFORMED };

static enum reading read_frame(struct packet *p, const struct packet_ring_frame *h,
			       struct frame *out)
{
	struct cursor c = cursor_of(h->octets, h->len);
	struct path path = {.link = p->link.index};
	uint16_t type = 0;

	if (h->header == ETHER_HEADER)
		type = ether_read(&c, &path);
	else
		cursor_take(&c, h->header);
	if (c.failed || c.left == 0)
		return READ_MALFORMED;
	/* The network of an 802.1ad tag differs from the 802.1Q network of the same number. */
	if (h->other_tag) {
		p->link.counters.stray_in++;
		return READ_NEIGHBOUR;
	}
	if (h->vlan)
		path.vlan = h->vlan;
	if (!h->owned && !receive_neighbour(p, &path, type, &c))
		return READ_NEIGHBOUR;
	*out = (struct frame){
		.packet = c.at,
		.len = c.left,
		.when = h->when,
		.path = path,
		.owned = h->owned,
		.offload = h->offload || c.left > p->link.mtu,
	};
	return READ_FRAME;
}

/* Returns 0 if no frame waits, or -1 and sets errno if the interface went down. In the latter
 * case the socket stays readable until its error is fetched, so fetch it if two calls in
 * succession find no frame. */
static int nothing(struct packet *p)
{
	int error;

	p->link.counters.dropped_in = p->ring.lost;
	if (!p->idle) {
		p->idle = true;
		return 0;
	}
	error = packet_ring_error(&p->ring);
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

static int packet_receive(struct link *l, struct frame *out)
{
	struct packet *p = container_of(l, struct packet, link);
	struct packet_ring_frame got;

	for (int i = 0; i < STRAYS_MAX; i++) {
		if (!packet_ring_next(&p->ring, &got))
			return nothing(p);
		p->idle = false;
		l->counters.dropped_in = p->ring.lost;
		switch (read_frame(p, &got, out)) {
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

	packet_ring_close(&p->ring);
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
static bool prepare(struct packet *p)
{
	if (!set_filter(p, NULL) || !packet_ring_open(&p->ring, p->link.fd))
		return false;
	/* Avoids a copy of outgoing frames, which the filter would reject. Optional in older
	 * kernels. */
	(void)set_option(p->link.fd, PACKET_IGNORE_OUTGOING, 1);
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
	if (p->link.fd >= 0 && prepare(p) && bind_to(p->link.fd, interface))
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
