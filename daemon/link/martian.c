/* SPDX-License-Identifier: MIT */
#include "link/martian.h"

/* Returns true if the first octet shows that the address is neither loopback, multicast,
 * broadcast nor unspecified. This is so for almost all addresses. */
static bool is_ordinary(const struct addr *a)
{
	if (a->b[0])
		return a->b[0] != 0xff;
	return addr_is_v4(a) && a->b[12] && a->b[12] != 127 && a->b[12] < 224;
}

enum martian martian_of(const struct addr *a, bool loopback, const struct broadcasts *broadcasts)
{
	if (broadcasts_have(broadcasts, a))
		return MARTIAN_UNANSWERABLE;
	if (is_ordinary(a))
		return MARTIAN_NONE;
	if (addr_is_unanswerable(a))
		return MARTIAN_UNANSWERABLE;
	return !loopback && addr_is_loopback(a) ? MARTIAN_LOOPBACK : MARTIAN_NONE;
}

enum martian link_martian(const struct link *l, const struct addr *a)
{
	return martian_of(a, l->loopback || !l->live, &l->broadcasts);
}
