/* SPDX-License-Identifier: MIT */
/* ndp: solicitations and advertisements of IPv6 neighbour discovery, RFC 4861. */
#ifndef SYNACKD_LINK_NDP_H
#define SYNACKD_LINK_NDP_H

#include "wire/addr.h"
#include "wire/cursor.h"

#define NDP_SOLICITATION  135
#define NDP_ADVERTISEMENT 136
#define NDP_TTL           255 /* 7.1.1: no router has forwarded it */
#define NDP_SOLICITED     0x40000000u
#define NDP_OVERRIDE      0x20000000u

/* The octets after the flags of an advertisement: the target, and the option with its link
 * address. */
#define NDP_ADVERTISED_LENGTH 24

extern const struct addr ndp_all_nodes; /* ff02::1 */

/* Returns the solicited-node group of an address, RFC 4291 2.7.1: ff02::1:ff and its last 24
 * bits. */
struct addr ndp_solicited_node(const struct addr *a);
/* Writes the link address of a group, RFC 2464 7. */
void ndp_group_mac(const struct addr *group, uint8_t out[6]);

/* Checks the options at `c`, RFC 4861 7.1.1 and 7.1.2. */
bool ndp_options_are_valid(struct cursor c, bool may_have_source);
void ndp_advertised_write(const struct addr *target, const uint8_t mac[6],
			  uint8_t out[NDP_ADVERTISED_LENGTH]);

#endif
