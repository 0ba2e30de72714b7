/* SPDX-License-Identifier: MIT */
/*
 * Octets that may be sent to a client before it has proved its address, so that a forged source
 * address cannot direct more at its holder than the forger sends (RFC 9000 8.1, RFC 5358).
 *
 * An account is that of a client's address, over IPv6 of its /64. What came from the client earns
 * `amplification` octets for each octet; what is sent is taken from that. Beyond as many octets as
 * came, at most `rate` octets are sent in a second, and to all clients together at most
 * `reflection_rate`. A segment over one of these bounds is not sent; the machine goes on as if it
 * were lost. The first SYN-ACK for each SYN is never over a bound, but it counts: what comes later
 * makes up for it.
 *
 * Octets are those of Ethernet frames, in both directions and on every link: see
 * amplification_octets(). There are at most `accounts` accounts; at that bound the account that was
 * used least recently begins anew, with nothing.
 */
#ifndef SYNACKD_ENGINE_AMPLIFICATION_H
#define SYNACKD_ENGINE_AMPLIFICATION_H

#include "base/clock.h"
#include "base/random.h"
#include "engine/allowed.h"
#include "link/link.h"

struct account;

/* All 0 but the key, the number of accounts and the rate: nothing is allocated before a client is
 * bounded. */
struct amplification {
	struct siphash_key key;
	uint32_t accounts;
	size_t rate; /* octets a second beyond those that came, to all clients; 0: no bound */
	uint64_t beyond, second; /* octets sent beyond those that came, and in which second */
	struct account *account;
};

/* So many accounts from now on; if these are not as many as before, all begin anew, with nothing.
 */
void amplification_use(struct amplification *all, uint32_t accounts);

void amplification_free(struct amplification *all);

/* The octets of the Ethernet frame that carries an IP packet of `len` octets: with the header of 14
 * octets, padded to 60; without a VLAN tag and the frame check sequence. */
size_t amplification_octets(size_t len);

/* Does a bound apply to the client on this link? Not on lo, not in the own network of a TUN device,
 * not to loopback addresses in a capture, nor where the entry `by` sets none. */
bool amplification_applies(const struct allowed *by, const struct addr *client,
			   const struct link *l);

/* So many octets came from a client to which a bound applies; with `syn`, they are a SYN. */
void amplification_heard(struct amplification *all, const struct allowed *by,
			 const struct addr *client, size_t octets, bool syn, nstime now);

/* May so many octets be sent to a client to which a bound applies? Then they are taken from its
 * account. `synack`: they are a SYN-ACK that carries nothing else, and pass if a SYN that came has
 * had none yet. `leave`: so many octets must be left in the account, for that SYN-ACK. */
bool amplification_take(struct amplification *all, const struct allowed *by,
			const struct addr *client, size_t octets, bool synack, size_t leave,
			nstime now);

#endif
