/* SPDX-License-Identifier: MIT */
#include "link/prefix_set.h"

#include "base/text.h"

#include <stdlib.h>

/* Sorts IPv6 before IPv4. By value alone, the mapped IPv4 addresses would lie between IPv6
 * networks, none of which contains them. */
static int order_of(const struct addr *a, const struct addr *b)
{
	int v4 = addr_is_v4(a), other = addr_is_v4(b);

	return v4 == other ? memcmp(a, b, sizeof(*a)) : v4 - other;
}

/* Sorts by address, and networks with the same address by prefix length, the widest first. */
static int compare(const void *a, const void *b)
{
	const struct prefix *x = a, *y = b;
	int order = order_of(&x->addr, &y->addr);

	return order ? order : (int)x->bits - (int)y->bits;
}

void prefix_set_fill(struct prefix_set *s, const struct prefix *prefix, unsigned count)
{
	struct prefix *sorted = xcalloc(count ? count : 1, sizeof(*sorted));
	unsigned kept = 0;

	if (count)
		memcpy(sorted, prefix, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	/* Two networks are disjoint, or one contains the other and is sorted before it. */
	for (unsigned i = 0; i < count; i++)
		if (!kept || !prefix_contains(&sorted[kept - 1], &sorted[i].addr))
			sorted[kept++] = sorted[i];
	free(s->prefix);
	*s = (struct prefix_set){.count = kept, .prefix = sorted};
}

bool prefix_set_has(const struct prefix_set *s, const struct addr *a)
{
	unsigned from = 0, to = s->count;

	/* Only the last network that starts at or before the address can contain it. */
	while (from < to) {
		unsigned middle = from + (to - from) / 2;

		if (order_of(&s->prefix[middle].addr, a) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from && prefix_contains(&s->prefix[from - 1], a);
}

void prefix_set_free(struct prefix_set *s)
{
	free(s->prefix);
	*s = (struct prefix_set){0};
}
