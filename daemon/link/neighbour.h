/* SPDX-License-Identifier: MIT */
/*
 * What a host does around TCP for an address of its own, done for addresses that the kernel does
 * not own: ARP (RFC 826, 5227), neighbour discovery (RFC 4861 7.2) and echo (RFC 792, 4443). Frames
 * and bytes only: no socket, no clock.
 *
 * Such an address lives at a link address of ours, the virtual MAC, which the kernel has never
 * heard of: it drops those frames unseen. At the interface's own it would forward them, redirect,
 * and complain that the host is unreachable.
 */
#ifndef SYNACKD_LINK_NEIGHBOUR_H
#define SYNACKD_LINK_NEIGHBOUR_H

#include "link/broadcasts.h"
#include "link/ether.h"
#include "link/prefix_set.h"

struct neighbour {
	uint8_t mac[6];                      /* the virtual one */
	uint16_t mtu;                        /* no echo is longer */
	struct prefix_set own;               /* the virtual addresses */
	struct prefix_set kernels;           /* within them, but the kernel's all the same */
	const struct broadcasts *broadcasts; /* no host's, either: the link's; or NULL */
	struct prefix_set clients;           /* who is told of them, and whose echoes come back */
};

#define NEIGHBOUR_FRAME_MAX (ETHER_HEADER_MAX + 65535)

enum neighbour_result {
	NEIGHBOUR_STRAY,    /* not for us, or malformed: nothing is said */
	NEIGHBOUR_REFUSED,  /* for us, but the asker is no client, or claims an address of ours */
	NEIGHBOUR_ANSWERED, /* the reply is to be sent */
	/* An IP packet for an address of ours, and if ICMP, then an error: for the responder. */
	NEIGHBOUR_PACKET,
};

/* The virtual MAC of an interface: locally administered, the same each time, and another one where
 * the interface's own is another. */
void neighbour_mac(const uint8_t own[6], uint8_t out[6]);

/*
 * Receive a frame that is not for the interface's own link address. `from` is its header, with the
 * tag, `type` its EtherType, and `len` octets at `packet` follow; padding may be among them. On
 * NEIGHBOUR_ANSWERED a whole frame is in `reply` (NEIGHBOUR_FRAME_MAX octets), with the same tag,
 * *reply_len octets long.
 *
 * Who asks must be a client, or for neighbour discovery link-local. Probes are answered whoever
 * sends them, as they have no address: what is in use defends itself (RFC 5227 2.1.1, RFC 4862
 * 5.4.3). An asker with an address of ours is not answered.
 */
enum neighbour_result neighbour_receive(const struct neighbour *n, const struct path *from,
					uint16_t type, const uint8_t *packet, size_t len,
					uint8_t *reply, size_t *reply_len);

/* Likewise where there are no link addresses, so an IP packet is answered by an IP packet, and
 * nothing is asked but echo. */
enum neighbour_result neighbour_receive_packet(const struct neighbour *n, const uint8_t *packet,
					       size_t len, uint8_t *reply, size_t *reply_len);

#endif
