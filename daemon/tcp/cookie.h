/* SPDX-License-Identifier: MIT */
/*
 * cookie: SYN cookies (RFC 4987 3.6) and Fast Open cookies (RFC 7413 4.1.2). Private to tcp/.
 *
 * A client that returns a cookie proves that it receives packets at its address. We keep no state
 * for it. A SYN cookie is the ISN of a SYN-ACK.
 */
#ifndef SYNACKD_TCP_COOKIE_H
#define SYNACKD_TCP_COOKIE_H

#include "base/random.h"
#include "tcp/flow.h"
#include "tcp/syn_options.h"

/* The facts of a SYN that the ISN and TSval of the SYN-ACK can carry. */
struct cookie_facts {
	uint16_t peer_mss; /* rounded down to one of eight values */
	bool has_ts;       /* false: the fields below are lost */
	bool has_wscale;
	uint8_t wscale; /* 0 to 14 */
	bool sack;
	bool ecn;
};

/* Returns our ISN: 5 bits of time in steps of 64 s, 3 bits of the MSS, 24 bits of a keyed hash. */
uint32_t cookie_iss(const struct siphash_key *key, const struct flow_key *flow, uint32_t irs,
		    const struct cookie_facts *facts, nstime now);
/* Returns our TSval: the clock with the facts in its six lowest bits; never later than the
 * clock. */
uint32_t cookie_ts(uint32_t clock, const struct cookie_facts *facts);

/* Returns true, and fills in the facts, if `iss` is a value that cookie_iss() gave for this flow in
 * this step of 64 s or in one of the two steps before it. `ts_ecr` is the TSecr of the client's
 * ACK; NULL if it has none. */
bool cookie_check(const struct siphash_key *key, const struct flow_key *flow, uint32_t irs,
		  uint32_t iss, const uint32_t *ts_ecr, nstime now, struct cookie_facts *facts);

/* Writes the Fast Open cookie of a client's address: `len` octets. */
void cookie_fast_open(const struct siphash_key *key, const struct flow_key *flow, uint8_t len,
		      uint8_t out[FAST_OPEN_COOKIE_MAX]);

#endif
