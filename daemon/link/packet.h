/* SPDX-License-Identifier: MIT */
/* AF_PACKET on one interface: for addresses that the kernel owns (see link/guard.h), and for those
 * that it does not (see link/neighbour.h). */
#ifndef SYNACKD_LINK_PACKET_H
#define SYNACKD_LINK_PACKET_H

#include "link/link.h"
#include "wire/addr.h"

/*
 * Open `interface`: a TPACKET_V3 ring with the virtio header in, batched sends out (on loopback,
 * through raw IP sockets). The socket filter passes TCP over IPv4 and IPv6 in frames to this host's
 * own link address: none that leave it, none to a group, none for others. Once answer_for has been
 * given addresses, the interface is promiscuous, frames to the virtual MAC come in, too, and
 * receive answers what neighbours ask; that ends with the last address, and with the process. On
 * loopback our own answers come in again as frames to the client; the lookup of the endpoint sorts
 * them out. receive gives -1 with ENETDOWN once whenever the interface goes down or is removed:
 * report it and go on, frames come again when it is up. answer_for also asks for its MTU anew.
 * Needs CAP_NET_RAW in this network namespace.
 *
 * What is sent on loopback stays on this host: to an address that is not its own, a send fails
 * with EHOSTUNREACH.
 * On failure NULL, and *error (owned by the caller) is one sentence with the remedy.
 */
struct link *packet_open(const char *interface, char **error);

/*
 * Likewise for several workers, a link for each: together they receive what one
 * would, each what is of its own clients (link/steer.h), also when others are slow, or gone. All of
 * them are opened, in out[], or none.
 */
bool packet_open_shared(const char *interface, unsigned workers, struct link *out[], char **error);

/* The number of its interface, which stays when that is given another name. -1: it was
 * removed, and nothing comes any more, also not by another one that has the name since. 0: the link
 * is of another kind. Any thread may ask. */
int packet_interface(const struct link *l);

#endif
