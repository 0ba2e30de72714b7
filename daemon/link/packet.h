/* SPDX-License-Identifier: MIT */
/* packet: the AF_PACKET link of an interface, for addresses that the kernel owns (link/guard.h)
 * and for virtual addresses (link/neighbour.h). */
#ifndef SYNACKD_LINK_PACKET_H
#define SYNACKD_LINK_PACKET_H

#include "link/link.h"
#include "wire/addr.h"

/*
 * Opens a link on `interface`. It receives through a ring (link/packet_ring.h), and sends in
 * batches; on loopback, through raw IP sockets.
 *
 * The socket filter accepts TCP over IPv4 and IPv6 in frames to this host's own link address; it
 * rejects outgoing frames and frames to groups or other stations. While answer_for() has set
 * addresses, the interface is promiscuous, frames to the virtual MAC are accepted, and receive()
 * answers requests of neighbours. This ends with the last address, or with the process. On
 * loopback the responder's own segments are received as frames to the client; the look-up of the
 * endpoint discards them.
 *
 * receive() returns -1 with ENETDOWN once each time the interface goes down or is removed. The
 * caller reports it and continues: frames arrive again when the interface is up. answer_for()
 * also updates the MTU.
 *
 * Packets sent on loopback stay on this host: sending to another host's address fails with
 * EHOSTUNREACH.
 *
 * Requires CAP_NET_RAW in this network namespace. On failure returns NULL and sets *error to a
 * message with the remedy, which the caller frees.
 */
struct link *packet_open(const char *interface, char **error);

/* Opens one link for each worker. Together they receive each frame once: a link receives the
 * frames of its worker's clients (link/steer.h), even if other workers are slow or have ended.
 * Opens all of them, in out[], or none. Reports errors as packet_open() does. */
bool packet_open_shared(const char *interface, unsigned workers, struct link *out[], char **error);

/* Returns the index of the interface, which does not change if the interface is renamed. Returns
 * -1 if the interface was removed: the link never receives frames again, not even from a new
 * interface of the same name. Returns 0 for a link of another kind. Safe from any thread. */
int packet_interface(const struct link *l);

#endif
