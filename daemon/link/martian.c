/* SPDX-License-Identifier: MIT */
#include "link/martian.h"

enum martian martian_of(const struct addr *a, bool loopback, const struct broadcasts *broadcasts)
{
	if (broadcasts_have(broadcasts, a))
		return MARTIAN_UNANSWERABLE;
	if (martian_is_unlikely(a))
		return MARTIAN_NONE;
	if (addr_is_unanswerable(a))
		return MARTIAN_UNANSWERABLE;
	return !loopback && addr_is_loopback(a) ? MARTIAN_LOOPBACK : MARTIAN_NONE;
}
