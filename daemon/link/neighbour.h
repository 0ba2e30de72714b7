/* SPDX-License-Identifier: MIT */
/*
 * neighbour: answers ARP (RFC 826, 5227), neighbour discovery (RFC 4861 7.2) and echo (RFC 792,
 * 4443) for addresses that the kernel does not own. It processes frames without sockets or
 * clocks.
 *
 * Such an address has the virtual MAC of the interface, which the kernel does not know, so the
 * kernel ignores these frames. At the interface's own MAC the kernel would forward the packets,
 * or send redirects and "host unreachable".
 */
#ifndef SYNACKD_LINK_NEIGHBOUR_H
#define SYNACKD_LINK_NEIGHBOUR_H

#include "link/answering.h"
#include "link/broadcasts.h"
#include "link/ether.h"

struct neighbour {
	uint8_t mac[6];              /* the virtual MAC */
	uint16_t mtu;                /* limit of an echo reply, in octets */
	struct answering *answering; /* counted reference; owns `own` and `clients`; or NULL */
	struct prefix_table own;     /* the virtual addresses */
	struct prefix_table clients; /* the stations that get answers */
	struct prefix_table kernels; /* owned; addresses within `own` that belong to the kernel */
	const struct broadcasts *broadcasts; /* broadcast addresses of the link; may be NULL */
};

/* Replaces the addresses and clients by the link's in `answering`. Adds a reference. */
void neighbour_use(struct neighbour *n, struct answering *answering, const char *link);
void neighbour_release(struct neighbour *n); /* frees the contents; they are then empty */

#define NEIGHBOUR_FRAME_MAX (ETHER_HEADER_MAX + 65535)

enum neighbour_result {
	NEIGHBOUR_STRAY,    /* not for a virtual address, or malformed: ignored */
	NEIGHBOUR_REFUSED,  /* the sender is no client, or has a virtual address: ignored */
	NEIGHBOUR_ANSWERED, /* the caller sends the reply */
	/* An IP packet for a virtual address, for the responder. ICMP messages are errors only. */
	NEIGHBOUR_PACKET,
};

/* Derives the virtual MAC from that of the interface: locally administered, always the same, and
 * different for different interfaces. */
void neighbour_mac(const uint8_t own[6], uint8_t out[6]);

/*
 * Processes a frame that is not for the interface's own link address. `from` is its header,
 * including the tag, `type` its EtherType; `len` octets follow at `packet`, which may include
 * padding. On NEIGHBOUR_ANSWERED writes a complete frame, with the same tag, to `reply`
 * (NEIGHBOUR_FRAME_MAX octets), and sets *reply_len to its length in octets.
 *
 * The sender must be a client or, for neighbour discovery, link-local. A probe has no sender
 * address: it is answered for any station, because an address in use must be defended (RFC 5227
 * 2.1.1, RFC 4862 5.4.3). A request from a virtual address is not answered.
 */
enum neighbour_result neighbour_receive(const struct neighbour *n, const struct path *from,
					uint16_t type, const uint8_t *packet, size_t len,
					uint8_t *reply, size_t *reply_len);

/* neighbour_receive() for a link without link addresses: `packet` and `reply` are IP packets,
 * and only echo requests are answered. */
enum neighbour_result neighbour_receive_packet(const struct neighbour *n, const uint8_t *packet,
					       size_t len, uint8_t *reply, size_t *reply_len);

#endif
