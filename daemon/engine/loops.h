/* SPDX-License-Identifier: MIT */
/*
 * loops: limits the exchange with a peer that answers our SYN as a server does.
 *
 * Two responders that answer each other would continue forever, after one SYN with a forged source
 * address. So limits apply, on every link, to a peer to which we have sent a SYN without ACK:
 *
 * - SYNs without ACK, of the TCP (retransmissions included) and of rules: at most `syns` between
 *   the same addresses and ports. The count is reset when none was sent or cut for LOOP_QUIET.
 * - Segments that rules send without a connection: a burst of `syns` turns, then one turn per
 *   second.
 * - Connections that such a SYN began: `octets` of frames (amplification_octets()) and `segments`
 *   per second for all connections with the peer's address (its /64 over IPv6), with a burst of
 *   LOOP_BURST seconds. Segments received from the peer count, too.
 *
 * A segment that exceeds a limit is not sent; the TCP continues as if it was lost. A loop of
 * requests and answers ends with the first segment that is cut.
 */
#ifndef SYNACKD_ENGINE_LOOPS_H
#define SYNACKD_ENGINE_LOOPS_H

#include "base/random.h"
#include "tcp/flow.h"

#define LOOP_QUIET (120 * NS_PER_S) /* longer than the retransmission interval of a SYN */
#define LOOP_BURST 16               /* unit: seconds */

/* Limits for a peer that answers our SYN as a server does; 0: no limit. */
struct loop_limits {
	uint32_t syns;     /* between the same addresses and ports, until LOOP_QUIET has elapsed */
	uint32_t segments; /* per second */
	size_t octets;     /* per second */
};

struct loop;

/* Key and limits are set; all else is 0. Memory is allocated for our first SYN. In a full hash set,
 * the least recently used entry is replaced. */
struct loops {
	struct siphash_key key;
	struct loop_limits limits;
	struct loop *table;
};

void loops_free(struct loops *l);

/* Return true if one more turn may send a SYN without ACK, or segments of rules without a
 * connection. */
bool loops_may_ask(struct loops *l, const struct flow_key *key, nstime now);
bool loops_may_stray(struct loops *l, const struct flow_key *key, nstime now);

/* Returns true if a SYN without ACK was sent during the last LOOP_QUIET. A connection that begins
 * now is then limited. */
bool loops_asked(struct loops *l, const struct flow_key *key, nstime now);

/* Returns true if a segment may be sent on a connection that such a SYN began. `octets`: of its
 * frame. */
bool loops_may_send(struct loops *l, const struct addr *peer, size_t octets, nstime now);
/* Counts a segment received from the peer on such a connection. `octets`: of its frame. */
void loops_heard(struct loops *l, const struct addr *peer, size_t octets, nstime now);

#endif
