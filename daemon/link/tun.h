/* SPDX-License-Identifier: MIT */
/* A TUN device of our own: whatever the kernel routes to its networks comes to us, so that each
 * address in them can be a host, for clients on this very host. */
#ifndef SYNACKD_LINK_TUN_H
#define SYNACKD_LINK_TUN_H

#include "link/link.h"

struct tun_setup {
	const char *name; /* 15 octets at most */
	const struct prefix *network;
	unsigned networks;
	uint16_t mtu; /* 1280 at least, for IPv6 */
};

/*
 * Make the device, or take over a persistent one that no process has open, and bring it up. The
 * kernel has an address in each network, too: the last one (prefix_last_host), from which clients
 * on this host speak. Addresses that the device had beside these are taken off it.
 *
 * Segments come in as on a wire, none larger than the MTU and all with their checksums; a frame's
 * time is that of its reading. receive gives nothing but packets to addresses that answer_for was
 * given, and answers echo requests to them; receive gives -1 once when the device was deleted
 * (errno ENODEV, and `fd` is -1 then).
 *
 * Needs CAP_NET_ADMIN in this network namespace, unless the device exists, is this user's
 * (TUNSETOWNER) and what `setup` says; afterwards nothing does. On failure NULL, and *error (owned
 * by the caller) is one sentence with the remedy.
 */
struct link *tun_open(const struct tun_setup *setup, char **error);

bool tun_is(const struct link *l);

/* Make an open one what `setup` says, which has the same name; what is so already needs no right.
 * False: *error as above, and it is somewhere in between. */
bool tun_change(struct link *l, const struct tun_setup *setup, char **error);

/* Whether the device stays when we let it go, with its addresses; one that was made here does not.
 * False: errno says why. */
bool tun_persist(struct link *l, bool persistent);

/* Let the device go; one that is not persistent is deleted. The link stays, with `fd` -1: it
 * receives nothing, and what is sent fails. */
void tun_shut(struct link *l);

#endif
