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

/* Returns true if the first octet shows that the address is neither loopback, multicast nor
 * unspecified. This is so for almost all addresses. */
static inline bool martian_is_unlikely(const struct addr *a)
{
	if (a->b[0])
		return a->b[0] != 0xff;
	return addr_is_v4(a) && a->b[12] && a->b[12] != 127 && a->b[12] < 224;
}

/* Classifies an address of a packet that was received on `l`. */
static inline enum martian link_martian(const struct link *l, const struct addr *a)
{
	if (!l->broadcasts.count && martian_is_unlikely(a))
		return MARTIAN_NONE;
	return martian_of(a, l->loopback || !l->live, &l->broadcasts);
}

#endif
