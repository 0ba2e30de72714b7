/* SPDX-License-Identifier: MIT */
/* martian: addresses that are invalid in any packet on a link, whatever the allow-list permits. */
#ifndef SYNACKD_LINK_MARTIAN_H
#define SYNACKD_LINK_MARTIAN_H

#include "link/link.h"

enum martian {
	MARTIAN_NONE,
	MARTIAN_LOOPBACK,     /* not on loopback: RFC 1122 3.2.1.3 (g), RFC 4291 2.5.3 */
	MARTIAN_UNANSWERABLE, /* RFC 1122 3.2.1.3, RFC 4291 2.5.2, 2.7 */
};

/* Classifies an address. Loopback addresses are 127.0.0.0/8 and ::1; unanswerable ones are
 * unspecified, multicast or broadcast. `loopback` is true for the loopback interface and for a
 * capture. `broadcasts` are the broadcast addresses of this host's networks. */
enum martian martian_of(const struct addr *a, bool loopback, const struct broadcasts *broadcasts);

/* Classifies an address of a packet that was received on `l`. */
enum martian link_martian(const struct link *l, const struct addr *a);

#endif
