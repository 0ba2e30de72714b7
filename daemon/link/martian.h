/* SPDX-License-Identifier: MIT */
/* Addresses that no packet on a link may come from, or be for, whatever the allow-list says. */
#ifndef SYNACKD_LINK_MARTIAN_H
#define SYNACKD_LINK_MARTIAN_H

#include "link/link.h"

enum martian {
	MARTIAN_NONE,
	MARTIAN_LOOPBACK,     /* 127.0.0.0/8 or ::1 off the loopback link: RFC 1122 3.2.1.3 (g), RFC
				 4291 2.5.3 */
	MARTIAN_UNANSWERABLE, /* multicast, broadcast, also of a network of this host's, or
				 unspecified: RFC 1122 3.2.1.3, RFC 4291 2.5.2, 2.7 */
};

/* Judge one address. `loopback`: the link is the loopback interface, or a capture. `broadcasts` are
 * those of this host's networks. */
enum martian martian_of(const struct addr *a, bool loopback, const struct broadcasts *broadcasts);

/* Judge one address of a packet that came by `l`. */
enum martian link_martian(const struct link *l, const struct addr *a);

#endif
