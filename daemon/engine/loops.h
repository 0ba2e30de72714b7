/* SPDX-License-Identifier: MIT */
/*
 * Two responders that answer each other go on for ever, after one SYN with a forged source address.
 * So the peer that a SYN of ours, without ACK, asked to answer as a server does is bounded, on
 * every link:
 *
 * - SYNs without ACK, of the machine (retransmissions too) and of rules: at most `syns` between the
 *   same addresses and ports, until none was sent or cut for LOOP_QUIET.
 * - Segments that rules send without a connection: a burst of `syns` turns, and one turn a second.
 * - Connections that such a SYN began: `octets` of frames (amplification_octets()) and `segments` a
 *   second for all connections with the peer's address (over IPv6: its /64), with a burst of
 *   LOOP_BURST seconds. Segments that come from the peer are counted, too.
 *
 * A segment over one of these bounds is not sent; the machine goes on as if it were lost. A loop of
 * a request and its answer ends with the first segment that is cut.
 */
#ifndef SYNACKD_ENGINE_LOOPS_H
#define SYNACKD_ENGINE_LOOPS_H

#include "base/random.h"
#include "tcp/flow.h"

#define LOOP_QUIET (120 * NS_PER_S) /* more than is between retransmissions of a SYN */
#define LOOP_BURST 16               /* seconds */

/* Bounds of a peer that answers our SYN as a server does; 0: no bound. */
struct loop_limits {
	uint32_t syns;     /* from and to the same addresses and ports, until it is quiet */
	uint32_t segments; /* a second */
	size_t octets;     /* likewise */
};

struct loop;

/* All 0 but the key and the limits. Nothing is allocated before there is a SYN of ours. When there
 * is no room, the entry that was used least recently is forgotten. */
struct loops {
	struct siphash_key key;
	struct loop_limits limits;
	struct loop *table;
};

void loops_free(struct loops *l);

/* May one more turn send a SYN without ACK; or what rules send without a connection? */
bool loops_may_ask(struct loops *l, const struct flow_key *key, nstime now);
bool loops_may_stray(struct loops *l, const struct flow_key *key, nstime now);

/* Was a SYN without ACK sent, and LOOP_QUIET has not passed since? Then a connection that begins
 * now is bounded. */
bool loops_asked(struct loops *l, const struct flow_key *key, nstime now);

/* May a segment in a frame of so many octets be sent on a connection that such a SYN began? */
bool loops_may_send(struct loops *l, const struct addr *peer, size_t octets, nstime now);
/* A segment in a frame of so many octets came from the peer on such a connection. */
void loops_heard(struct loops *l, const struct addr *peer, size_t octets, nstime now);

#endif
