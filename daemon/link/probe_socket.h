/* SPDX-License-Identifier: MIT */
/* How link/probe.h hears and speaks on an interface: beside the packet link, whose frames are the
 * workers'. */
#ifndef SYNACKD_LINK_PROBE_SOCKET_H
#define SYNACKD_LINK_PROBE_SOCKET_H

#include "link/interface.h"

#include <stddef.h>
#include <stdint.h>

/* Open a socket that receives ARP, without a VLAN tag. It does not block. Needs CAP_NET_RAW. -1:
 * *error (owned by the caller) is one sentence. */
int probe_socket_open(const struct interface *interface, char **error);

/* While it listens to answers, it receives neighbour discovery, too, and what is sent to a link
 * address of ours. False: errno says why not. */
bool probe_socket_listen(int fd, const struct interface *interface, bool answers);

/* Does the interface carry frames: is it up, and connected? */
bool probe_socket_carries(int fd, const struct interface *interface);

/* False: errno says why not. */
bool probe_socket_send(int fd, const struct interface *interface, const uint8_t *frame, size_t len);

/* The next frame; 0: there is none now. It is cut at `size`. */
size_t probe_socket_receive(int fd, uint8_t *frame, size_t size);

#endif
