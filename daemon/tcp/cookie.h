/* SPDX-License-Identifier: MIT */
/*
 * What a client brings back to show that it hears us at its address, so that we need not have kept
 * anything: the ISN of a SYN-ACK that no record stands behind (RFC 4987 3.6), and the cookie of
 * Fast Open (RFC 7413 4.1.2). Private to tcp/.
 */
#ifndef SYNACKD_TCP_COOKIE_H
#define SYNACKD_TCP_COOKIE_H

#include "base/random.h"
#include "tcp/flow.h"
#include "tcp/syn_options.h"

/* What a SYN says that the ISN and the TSval of the answer can carry. */
struct cookie_facts {
	uint16_t peer_mss; /* rounded down to one of eight */
	bool has_ts;       /* without timestamps the three that follow are lost */
	bool has_wscale;
	uint8_t wscale; /* 0 to 14 */
	bool sack;
	bool ecn;
};

/* Our ISN: 5 bits of time in steps of 64 s, 3 of the MSS, 24 of a keyed hash. */
uint32_t cookie_iss(const struct siphash_key *key, const struct flow_key *flow, uint32_t irs,
		    const struct cookie_facts *facts, nstime now);
/* Our TSval: the clock, whose six lowest bits are facts; never ahead of the clock. */
uint32_t cookie_ts(uint32_t clock, const struct cookie_facts *facts);

/* Is `iss` one that cookie_iss gave for this flow at most two minutes ago? Then the facts are
 * filled in; `ts_ecr` is that of the client's ACK, NULL when it has none. */
bool cookie_check(const struct siphash_key *key, const struct flow_key *flow, uint32_t irs,
		  uint32_t iss, const uint32_t *ts_ecr, nstime now, struct cookie_facts *facts);

/* The Fast Open cookie of a client's address, of so many octets. */
void cookie_fast_open(const struct siphash_key *key, const struct flow_key *flow, uint8_t len,
		      uint8_t out[FAST_OPEN_COOKIE_MAX]);

#endif
