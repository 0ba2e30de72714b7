/* SPDX-License-Identifier: MIT */
/*
 * Two responders that answer each other go on for ever, after one SYN with a forged source address.
 * So the peer that a SYN of ours, without ACK, asked to answer as a server does is bounded, on
 * every link:
 *
 * - Such SYNs, a rule's and retransmissions too: so many from and to the same addresses and ports,
 *   until there was none for LOOP_QUIET, sent or cut.
 * - What rules answer without a connection: as many turns at once, and then one a second.
 * - The connections of SYNs like that: so many octets of frames (budget_octets()) and segments a
 *   second, of a peer's address (over IPv6: its /64) in all, and at once those of LOOP_BURST. What
 *   comes from the peer is counted, too.
 *
 * What is beyond is not sent, and the machine goes on as if it were lost. A request and its answer
 * that follow each other for ever end with the first one that is cut.
 */
#ifndef SYNACKD_LOOPS_H
#define SYNACKD_LOOPS_H

#include "base/random.h"
#include "config/config.h"
#include "tcp/flow.h"

#define LOOP_QUIET (120 * NS_PER_S) /* more than is between retransmissions of a SYN */
#define LOOP_BURST 16               /* seconds */

struct loop;

/* All 0 but the key and the limits. Nothing is allocated before there is a SYN of ours. At its
 * bound what was used least recently is forgotten. */
struct loops {
	struct siphash_key key;
	struct loop_limits limits;
	struct loop *table;
};

void loops_free(struct loops *l);

/* One more turn with a SYN of ours, or with what rules answer without a connection: may it be sent?
 */
bool loops_may_ask(struct loops *l, const struct flow_key *key, nstime now);
bool loops_may_stray(struct loops *l, const struct flow_key *key, nstime now);

/* Was the peer asked, and it is not quiet since? Then a connection that begins now is bounded. */
bool loops_asked(struct loops *l, const struct flow_key *key, nstime now);

/* A segment of so many octets, of a connection that a SYN of ours asked for. */
bool loops_may_send(struct loops *l, const struct addr *peer, size_t octets, nstime now);
void loops_heard(struct loops *l, const struct addr *peer, size_t octets, nstime now);

#endif
