/* SPDX-License-Identifier: MIT */
#include "link/broadcasts.h"

#include "base/text.h"
#include "link/interface.h"

#include <netlink/route/addr.h>
#include <stdlib.h>

#define OF_ONE 2 /* per interface address: that of its network, and a configured one */

static uint32_t number_of(const struct addr *a)
{
	const uint8_t *v4 = a->b + 12;

	return (uint32_t)v4[0] << 24 | (uint32_t)v4[1] << 16 | (uint32_t)v4[2] << 8 | v4[3];
}

/* Sets *out to the network of an interface address, or of its peer if it has one. Host bits may
 * be set. Returns false if it is not IPv4. */
static bool network_of(struct rtnl_addr *address, struct prefix *out)
{
	struct nl_addr *peer = rtnl_addr_get_peer(address);
	struct nl_addr *of = peer ? peer : rtnl_addr_get_local(address);

	if (rtnl_addr_get_family(address) != AF_INET || !of || nl_addr_get_len(of) != 4)
		return false;
	addr_from_v4(&out->addr, nl_addr_get_binary_addr(of));
	out->bits = (uint8_t)(96 + nl_addr_get_prefixlen(of));
	return true;
}

/* Writes the broadcast addresses of one interface address; the kernel accepts both. Returns
 * their number. */
static unsigned of_one(struct rtnl_addr *address, uint32_t out[OF_ONE])
{
	struct nl_addr *set = rtnl_addr_get_broadcast(address);
	struct prefix network;
	struct addr last;
	unsigned n = 0;

	if (!network_of(address, &network))
		return 0;
	if (prefix_broadcast(&network, &last))
		out[n++] = number_of(&last);
	if (set && nl_addr_get_len(set) == 4) {
		addr_from_v4(&last, nl_addr_get_binary_addr(set));
		out[n++] = number_of(&last);
	}
	return n;
}

/* Calls `take` for each address of each interface, until it returns false. */
static void each_address(bool (*take)(struct rtnl_addr *address, void *arg), void *arg)
{
	struct nl_sock *s = nl_socket_alloc();
	struct nl_cache *all = NULL;
	struct nl_object *at;

	if (s && nl_connect(s, NETLINK_ROUTE) == 0 && rtnl_addr_alloc_cache(s, &all) == 0) {
		at = nl_cache_get_first(all);
		while (at && take((struct rtnl_addr *)at, arg))
			at = nl_cache_get_next(at);
	}
	nl_cache_free(all);
	nl_socket_free(s);
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* May add duplicates. */
static bool gather(struct rtnl_addr *address, void *arg)
{
	struct broadcasts *all = arg;

	all->address = xrealloc(all->address, (all->count + OF_ONE) * sizeof(*all->address));
	all->count += of_one(address, all->address + all->count);
	return true;
}

void broadcasts_find(struct broadcasts *out)
{
	unsigned kept = 0;

	*out = (struct broadcasts){0};
	each_address(gather, out);
	if (out->count)
		qsort(out->address, out->count, sizeof(*out->address), compare);
	for (unsigned i = 0; i < out->count; i++)
		if (!kept || out->address[i] != out->address[kept - 1])
			out->address[kept++] = out->address[i];
	out->count = kept;
}

void broadcasts_copy(struct broadcasts *to, const struct broadcasts *from)
{
	broadcasts_free(to);
	if (!from->count)
		return;
	to->address = xcalloc(from->count, sizeof(*to->address));
	memcpy(to->address, from->address, from->count * sizeof(*to->address));
	to->count = from->count;
}

bool broadcasts_have(const struct broadcasts *b, const struct addr *a)
{
	unsigned from = 0, to = b ? b->count : 0;
	uint32_t number;

	if (!to || !addr_is_v4(a))
		return false;
	number = number_of(a);
	while (from < to) {
		unsigned middle = from + (to - from) / 2;

		if (b->address[middle] == number)
			return true;
		if (b->address[middle] < number)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

void broadcasts_free(struct broadcasts *b)
{
	free(b->address);
	*b = (struct broadcasts){0};
}

struct search {
	uint32_t address;
	char *name;
	bool found;
};

static bool look(struct rtnl_addr *address, void *arg)
{
	struct search *search = arg;
	uint32_t own[OF_ONE];

	for (unsigned n = of_one(address, own); n > 0; n--)
		search->found |= own[n - 1] == search->address;
	/* An interface that was removed meanwhile has no name. */
	return !search->found ||
	       !if_indextoname((unsigned)rtnl_addr_get_ifindex(address), search->name);
}

bool broadcast_of_interface(const struct addr *a, char *name)
{
	struct search search = {.address = number_of(a), .name = name};

	*name = '\0';
	if (addr_is_v4(a))
		each_address(look, &search);
	return search.found;
}
