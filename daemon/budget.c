/* SPDX-License-Identifier: MIT */
#include "budget.h"

#include <stdlib.h>
#include <string.h>

#define WAYS       4 /* accounts of one hash */
#define MS_PER_S   (NS_PER_S / NS_PER_MS)
#define CREDIT_MAX (1u << 20) /* what a client can save up, in octets */

struct account {
	struct addr client; /* all 0: nobody's */
	uint32_t last;      /* when it was last heard or sent to, in milliseconds; it may wrap */
	uint32_t credit;    /* octets that may go */
	uint32_t gone;      /* in the second of `last` */
};

void budget_free(struct budget *b)
{
	free(b->account);
	b->account = NULL;
}

static bool is_bounded(const struct allowed *by, const struct addr *client)
{
	return by && (by->amplification || by->rate) && !addr_is_loopback(client);
}

/* Who has a network of its own can speak from each of its addresses. */
static struct addr holder_of(const struct addr *client)
{
	struct addr holder = *client;

	if (!addr_is_v4(client))
		memset(holder.b + 8, 0, 8);
	return holder;
}

/* Its account, which is brought to this second; if it has none, NULL or a new one. */
static struct account *account_of(struct budget *b, const struct addr *client, nstime now,
				  bool make)
{
	const struct addr holder = holder_of(client);
	uint32_t last = (uint32_t)(now / NS_PER_MS), sets = b->accounts / WAYS;
	struct account *set, *found;

	/* Without memory nobody who is bounded gets anything. */
	if (!b->account)
		b->account = calloc((size_t)sets * WAYS, sizeof(*b->account));
	if (!b->account)
		return NULL;
	set = found = b->account + siphash(&b->key, &holder, sizeof(holder)) % sets * WAYS;
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
		found->gone = 0;
	found->last = last;
	return found;
}

void budget_heard(struct budget *b, const struct allowed *by, const struct addr *client,
		  size_t octets, nstime now)
{
	struct account *a;
	uint64_t credit;

	if (!is_bounded(by, client) || !by->amplification)
		return;
	a = account_of(b, client, now, true);
	if (!a)
		return;
	credit = a->credit + (uint64_t)octets * by->amplification;
	a->credit = credit < CREDIT_MAX ? (uint32_t)credit : CREDIT_MAX;
}

bool budget_take(struct budget *b, const struct allowed *by, const struct addr *client,
		 size_t octets, nstime now)
{
	struct account *a;

	if (!is_bounded(by, client))
		return true;
	a = account_of(b, client, now, !by->amplification);
	if (!a || (by->amplification && octets > a->credit) ||
	    (by->rate && a->gone + octets > by->rate))
		return false;
	if (by->amplification)
		a->credit -= (uint32_t)octets;
	a->gone += (uint32_t)octets;
	return true;
}
