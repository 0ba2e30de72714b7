/* SPDX-License-Identifier: MIT */
/*
 * interface_set: configures an interface of the daemon.
 *
 * Settings that an interface already has are not changed, and require no privilege; changes
 * require CAP_NET_ADMIN. On failure all functions return false and set *error to a message,
 * which the caller frees.
 */
#ifndef SYNACKD_LINK_INTERFACE_SET_H
#define SYNACKD_LINK_INTERFACE_SET_H

#include "wire/addr.h"

/* `mtu`: octets of an IP packet, including its header. */
bool interface_set_mtu(const char *name, uint16_t mtu, char **error);
/* Sets the interface administratively up. */
bool interface_set_up(const char *name, char **error);

/* Sets the addresses of the interface, each with its prefix length in `bits`, and removes all
 * others except link-local ones. The kernel then has a route to each network. */
bool interface_set_addresses(const char *name, const struct prefix *own, unsigned count,
			     char **error);

#endif
