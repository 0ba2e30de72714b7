/* SPDX-License-Identifier: MIT */
/* tun: a TUN device. The kernel routes packets for its networks to the daemon, so that each
 * address in them can be a host for clients on this machine. */
#ifndef SYNACKD_LINK_TUN_H
#define SYNACKD_LINK_TUN_H

#include "link/link.h"

struct tun_setup {
	const char *name; /* at most 15 octets */
	const struct prefix *network;
	unsigned networks;
	uint16_t mtu; /* at least 1280, for IPv6 */
};

/*
 * Creates the device, or attaches to a persistent one that no process uses, and brings it up.
 * The kernel gets an address in each network: the last one (prefix_last_host()), which is the
 * source address of clients on this host. All other addresses of the device are removed.
 *
 * Segments arrive as on a wire: none exceeds the MTU, and all have checksums. The time of a
 * frame is that of reading it. receive() returns only packets for the addresses that
 * answer_for() has set, and answers echo requests to them. It returns -1 once if the device was
 * deleted, with ENODEV and `fd` -1.
 *
 * Requires CAP_NET_ADMIN in this network namespace, unless the device exists, belongs to this
 * user (TUNSETOWNER) and is configured as `setup` specifies. An open device requires no
 * privilege. On failure returns NULL and sets *error to a message with the remedy, which the
 * caller frees.
 */
struct link *tun_open(const struct tun_setup *setup, char **error);

bool tun_is(const struct link *l);

/* Reconfigures an open device to `setup`, which has the same name. Settings that do not change
 * require no privilege. On failure returns false, sets *error as above, and leaves the device
 * partly changed. */
bool tun_change(struct link *l, const struct tun_setup *setup, char **error);

/* Sets whether the device remains, with its addresses, after it is closed. A device that
 * tun_open() created does not. On failure returns false and sets errno. */
bool tun_persist(struct link *l, bool persistent);

/* Closes the device; the kernel deletes it unless it is persistent. The link remains with `fd`
 * -1: it receives nothing, and sending fails. */
void tun_shut(struct link *l);

#endif
