/* SPDX-License-Identifier: MIT */
/*
 * amplification: limits the octets sent to a client before it has proved its address.
 *
 * A forged source address must not direct more octets at its holder than the forger sends (RFC 9000
 * 8.1, RFC 5358).
 *
 * There is one account for each client address, or for each /64 over IPv6. Each octet received from
 * the client adds `amplification` octets to it; octets sent are subtracted. Beyond the number of
 * octets received, at most `rate` octets per second are sent to the client, and at most
 * `reflection_rate` to all clients together. A segment that exceeds a limit is not sent; the TCP
 * continues as if it was lost. The first SYN-ACK for each SYN is always sent, but it is subtracted,
 * too: octets received later compensate for it.
 *
 * Octets are counted by Ethernet frame, in both directions and on every link: see
 * amplification_octets(). There are at most `accounts` accounts. In a full hash set, the least
 * recently used one is replaced by an empty one.
 */
#ifndef SYNACKD_ENGINE_AMPLIFICATION_H
#define SYNACKD_ENGINE_AMPLIFICATION_H

#include "base/clock.h"
#include "base/random.h"
#include "engine/allowed.h"
#include "link/link.h"

struct account;

/* Key, number of accounts and rate are set; all else is 0. Memory is allocated for the first client
 * with a limit. */
struct amplification {
	struct siphash_key key;
	uint32_t accounts;
	size_t rate; /* octets per second beyond those received, for all clients; 0: no limit */
	uint64_t beyond, second; /* octets sent beyond those received during `second` */
	struct account *account;
};

/* Sets the number of accounts. If it was another number, all accounts are removed. */
void amplification_use(struct amplification *all, uint32_t accounts);

void amplification_free(struct amplification *all);

/* Returns the octets of the Ethernet frame that carries an IP packet of `len` octets: with the
 * header of 14 octets, padded to 60; without VLAN tag and frame check sequence. */
size_t amplification_octets(size_t len);

/* Returns true if a limit applies to the client on this link. None applies on lo, on a TUN device
 * to clients of its network, to loopback addresses in a capture, or if the entry `by` sets none. */
bool amplification_applies(const struct allowed *by, const struct addr *client,
			   const struct link *l);

/* Adds the octets of a frame that was received from a client with a limit. `syn`: the frame is a
 * SYN. */
void amplification_heard(struct amplification *all, const struct allowed *by,
			 const struct addr *client, size_t octets, bool syn, nstime now);

/* Returns true if `octets` may be sent to a client with a limit, and subtracts them from its
 * account. `synack`: they are a SYN-ACK without data; it may be sent if a SYN was received that had
 * no SYN-ACK yet. `leave`: octets that must remain in the account for a later SYN-ACK. */
bool amplification_take(struct amplification *all, const struct allowed *by,
			const struct addr *client, size_t octets, bool synack, size_t leave,
			nstime now);

#endif
