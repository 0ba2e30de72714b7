/* SPDX-License-Identifier: MIT */
#include "tcp/cookie.h"

#include "wire/cursor.h"

#include <endian.h>
#include <string.h>

#define STEP       (64 * NS_PER_S)
#define STEPS_MASK 31u /* 5 bits of the time */
#define STEPS_MAX  2   /* maximum age of a cookie */
#define HASH_MASK  0xffffffu

#define TS_BITS      6
#define TS_NO_WSCALE 15u
#define TS_SACK      0x10u
#define TS_ECN       0x20u

/* Common values of clients: the legal minimum, dial-up, tunnels, Ethernet, jumbo frames. */
static const uint16_t mss_table[8] = {64, 536, 1220, 1360, 1400, 1440, 1460, 8960};

static unsigned mss_index(uint16_t mss)
{
	unsigned i = 7;

	while (i && mss_table[i] > mss)
		i--;
	return i;
}

static uint32_t hash(const struct siphash_key *key, const struct flow_key *flow, uint32_t irs,
		     uint32_t rest)
{
	uint8_t in[FLOW_OCTETS_MAX + 8];
	size_t len = flow_key_octets(flow, in);

	put_u32(in + len, irs);
	put_u32(in + len + 4, rest);
	return (uint32_t)siphash(key, in, len + 8) & HASH_MASK;
}

/* Returns the upper octet of the ISN. */
static uint32_t top(uint32_t step, unsigned index)
{
	return (step & STEPS_MASK) << 3 | index;
}

uint32_t cookie_iss(const struct siphash_key *key, const struct flow_key *flow, uint32_t irs,
		    const struct cookie_facts *facts, nstime now)
{
	uint32_t step = (uint32_t)(now / STEP);
	unsigned index = mss_index(facts->peer_mss);

	return top(step, index) << 24 | hash(key, flow, irs, step << 3 | index);
}

uint32_t cookie_ts(uint32_t clock, const struct cookie_facts *facts)
{
	uint32_t low = facts->has_wscale ? facts->wscale : TS_NO_WSCALE;
	uint32_t ts;

	low |= (facts->sack ? TS_SACK : 0) | (facts->ecn ? TS_ECN : 0);
	ts = (clock >> TS_BITS) << TS_BITS | low;
	return (int32_t)(ts - clock) > 0 ? ts - (1u << TS_BITS) : ts;
}

bool cookie_check(const struct siphash_key *key, const struct flow_key *flow, uint32_t irs,
		  uint32_t iss, const uint32_t *ts_ecr, nstime now, struct cookie_facts *facts)
{
	uint32_t step = (uint32_t)(now / STEP), age = (step - (iss >> 27)) & STEPS_MASK;
	unsigned index = iss >> 24 & 7;

	if (age > STEPS_MAX || age > step ||
	    hash(key, flow, irs, (step - age) << 3 | index) != (iss & HASH_MASK))
		return false;
	*facts = (struct cookie_facts){.peer_mss = mss_table[index], .has_ts = ts_ecr != NULL};
	if (ts_ecr) {
		facts->wscale = *ts_ecr & 15;
		facts->has_wscale = facts->wscale != TS_NO_WSCALE;
		facts->sack = *ts_ecr & TS_SACK;
		facts->ecn = *ts_ecr & TS_ECN;
	}
	return true;
}

void cookie_fast_open(const struct siphash_key *key, const struct flow_key *flow, uint8_t len,
		      uint8_t out[FAST_OPEN_COOKIE_MAX])
{
	struct {
		struct addr client, server;
		uint8_t purpose[8]; /* distinguishes the cookie from our other hashes */
	} in = {flow->client, flow->server, "fastopen"};

	for (uint8_t at = 0; at < len; at += sizeof(uint64_t), in.purpose[0]++) {
		uint64_t part = htole64(siphash(key, &in, sizeof(in)));
		size_t left = (size_t)(len - at);

		memcpy(out + at, &part, left < sizeof(part) ? left : sizeof(part));
	}
}
