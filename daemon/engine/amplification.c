/* SPDX-License-Identifier: MIT */
#include "engine/amplification.h"

#include <stdlib.h>
#include <string.h>

#define WAYS       4         /* accounts per hash set */
#define CREDIT_MAX (1 << 20) /* maximum credit or debt of a client, in octets */

#define ETHERNET_HEADER 14
#define ETHERNET_LEAST  60 /* minimum length of a frame in octets, IEEE 802.3 3.2.8 */

struct account {
	struct addr client; /* all 0: the account is free */
	uint32_t last;      /* time of last use, in ms; it may wrap */
	int32_t credit;     /* octets that may be sent; negative after an exempt SYN-ACK */
	uint32_t matched;   /* octets received, minus octets sent; `rate` applies beyond these */
	uint32_t beyond;    /* octets sent beyond `matched` in the second of `last` */
	uint16_t syns;      /* SYNs without a SYN-ACK so far */
};

void amplification_free(struct amplification *all)
{
	free(all->account);
	all->account = NULL;
}

void amplification_use(struct amplification *all, uint32_t accounts)
{
	if (accounts != all->accounts)
		amplification_free(all);
	all->accounts = accounts;
}

size_t amplification_octets(size_t len)
{
	size_t frame = ETHERNET_HEADER + len;

	return frame < ETHERNET_LEAST ? ETHERNET_LEAST : frame;
}

bool amplification_applies(const struct allowed *by, const struct addr *client,
			   const struct link *l)
{
	if (l->loopback || (l->tun && by->tun) || (!l->live && addr_is_loopback(client)))
		return false;
	return by->amplification || by->rate;
}

/* The holder of an IPv6 /64 can send from all of its addresses. */
static struct addr holder_of(const struct addr *client)
{
	struct addr holder = *client;

	if (!addr_is_v4(client))
		memset(holder.b + 8, 0, 8);
	return holder;
}

/* Returns the account of a client, updated to this second. If it has none, returns NULL or, with
 * `make`, a new one. */
static struct account *account_of(struct amplification *all, const struct addr *client, nstime now,
				  bool make)
{
	const struct addr holder = holder_of(client);
	uint32_t last = (uint32_t)(now / NS_PER_MS), sets = all->accounts / WAYS;
	struct account *set, *found;

	/* Without memory, nothing is sent to clients with a limit. */
	if (!all->account)
		all->account = calloc((size_t)sets * WAYS, sizeof(*all->account));
	if (!all->account)
		return NULL;
	set = found = all->account + siphash(&all->key, &holder, sizeof(holder)) % sets * WAYS;
	for (unsigned i = 0; i < WAYS; i++) {
		if (addr_equal(&set[i].client, &holder)) {
			found = &set[i];
			break;
		}
		if (last - set[i].last > last - found->last)
			found = &set[i];
	}
	if (!addr_equal(&found->client, &holder) && !make)
		return NULL;
	if (!addr_equal(&found->client, &holder))
		*found = (struct account){.client = holder};
	if (found->last / MS_PER_S != last / MS_PER_S)
		found->beyond = 0;
	found->last = last;
	return found;
}

static int32_t limited(int64_t octets)
{
	if (octets > CREDIT_MAX)
		return CREDIT_MAX;
	return octets < -CREDIT_MAX ? -CREDIT_MAX : (int32_t)octets;
}

void amplification_heard(struct amplification *all, const struct allowed *by,
			 const struct addr *client, size_t octets, bool syn, nstime now)
{
	struct account *a = account_of(all, client, now, true);

	if (!a)
		return;
	a->credit = limited(a->credit + (int64_t)octets * by->amplification);
	a->matched = (uint32_t)limited((int64_t)a->matched + (int64_t)octets);
	if (syn && a->syns < UINT16_MAX)
		a->syns++;
}

/* Returns true if `beyond` more octets exceed the limit for all clients together. */
static bool all_exceed(struct amplification *all, size_t beyond, nstime now)
{
	uint64_t second = (uint64_t)(now / NS_PER_S);

	if (all->second != second)
		all->beyond = 0;
	all->second = second;
	return all->rate && beyond && all->beyond + beyond > all->rate;
}

bool amplification_take(struct amplification *all, const struct allowed *by,
			const struct addr *client, size_t octets, bool synack, size_t leave,
			nstime now)
{
	struct account *a = account_of(all, client, now, !by->amplification);
	size_t beyond;
	bool first, over;

	if (!a)
		return false;
	first = synack && a->syns;
	beyond = octets > a->matched ? octets - a->matched : 0;
	over = all_exceed(all, beyond, now) ||
	       (by->amplification && (int64_t)(octets + leave) > a->credit) ||
	       (by->rate && beyond && a->beyond + beyond > by->rate);
	if (over && !first)
		return false;
	a->syns -= first;
	if (by->amplification)
		a->credit = limited(a->credit - (int64_t)octets);
	a->matched -= (uint32_t)(octets - beyond);
	a->beyond += (uint32_t)beyond;
	all->beyond += beyond;
	return true;
}
