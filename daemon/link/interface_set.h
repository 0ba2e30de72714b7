/* SPDX-License-Identifier: MIT */
/* Make an interface of our own what it is to be. What is so already is left alone, and needs no
 * right; the rest needs CAP_NET_ADMIN. All return false with *error (owned by the caller), one
 * sentence. */
#ifndef SYNACKD_LINK_INTERFACE_SET_H
#define SYNACKD_LINK_INTERFACE_SET_H

#include "wire/addr.h"

/* `mtu`: octets of an IP packet. */
bool interface_set_mtu(const char *name, uint16_t mtu, char **error);
/* Administratively up. */
bool interface_set_up(const char *name, char **error);

/* Let it have these addresses, each with the length of its network in `bits`, and no others but
 * link-local ones. The kernel then has a route to each network. */
bool interface_set_addresses(const char *name, const struct prefix *own, unsigned count,
			     char **error);

#endif
