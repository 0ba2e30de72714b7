/* SPDX-License-Identifier: MIT */
#include "link/martian.h"

enum martian martian_of(const struct addr *a, bool loopback, const struct broadcasts *broadcasts)
{
	if (addr_is_unanswerable(a) || broadcasts_have(broadcasts, a))
		return MARTIAN_UNANSWERABLE;
	return !loopback && addr_is_loopback(a) ? MARTIAN_LOOPBACK : MARTIAN_NONE;
}

enum martian link_martian(const struct link *l, const struct addr *a)
{
	return martian_of(a, l->loopback || !l->live, &l->broadcasts);
}
