/* SPDX-License-Identifier: MIT */
/*
 * What may be sent to clients that have not shown that they have their address: who makes one up
 * must not be able to point us at somebody. Until a handshake is complete, a client may have so
 * many octets for each that came from its address, and so many a second. Beyond that nothing is
 * sent; the machine goes on, as if it were lost.
 *
 * An account is that of an address, over IPv6 of a /64. There are at most as many as was said at
 * the start; when they are too few, who was not heard for longest begins anew, with nothing.
 */
#ifndef SYNACKD_BUDGET_H
#define SYNACKD_BUDGET_H

#include "base/clock.h"
#include "base/random.h"
#include "config/config.h"

struct account;

/* All 0 but the key and the number of accounts: nothing is allocated before somebody is bounded. */
struct budget {
	struct siphash_key key;
	uint32_t accounts;
	struct account *account;
};

void budget_free(struct budget *b);

/* Octets of an IP packet came from the client, which this entry of the allow-list allows. */
void budget_heard(struct budget *b, const struct allowed *by, const struct addr *client,
		  size_t octets, nstime now);

/* May so many go to it? Then they are taken from its account. */
bool budget_take(struct budget *b, const struct allowed *by, const struct addr *client,
		 size_t octets, nstime now);

#endif
