/* SPDX-License-Identifier: MIT */
/* probe_socket: the socket for link/probe.h. It is separate from the packet link, whose frames
 * belong to the workers. */
#ifndef SYNACKD_LINK_PROBE_SOCKET_H
#define SYNACKD_LINK_PROBE_SOCKET_H

#include "link/interface.h"

#include <stddef.h>
#include <stdint.h>

/* Opens a nonblocking socket that receives ARP without a VLAN tag. The caller closes it.
 * Requires CAP_NET_RAW. On failure returns -1 and sets *error to a message, which the caller
 * frees. */
int probe_socket_open(const struct interface *interface, char **error);

/* If `answers` is set, the socket also receives neighbour discovery, and frames to virtual link
 * addresses. On failure returns false and sets errno. */
bool probe_socket_listen(int fd, const struct interface *interface, bool answers);

/* Returns true if the interface is up and has a carrier. */
bool probe_socket_carries(int fd, const struct interface *interface);

/* Sends a frame. On failure returns false and sets errno. */
bool probe_socket_send(int fd, const struct interface *interface, const uint8_t *frame, size_t len);

/* Receives the next frame, truncated to `size` octets. Returns its length, or 0 if there is none
 * now. */
size_t probe_socket_receive(int fd, uint8_t *frame, size_t size);

#endif
