/* SPDX-License-Identifier: MIT */
/* Numbers that a client must not predict: ISNs, offsets of the timestamp clock, cookies. */
#include "unit.h"

#include "base/text.h"
#include "engine/engine.h"
#include "tcp/cookie.h"

#include <endian.h>
#include <string.h>

#define FLOWS 64

/* The numbers that depend on keys. */
enum number { ISN, TIMESTAMPS, SYN_COOKIE, FAST_OPEN, NUMBERS };

static struct flow_key flow_numbered(uint32_t i)
{
	struct flow_key k = {.client_port = (uint16_t)(1024 + i), .server_port = 80};
	uint8_t client[4] = {10, 9, (uint8_t)(i >> 24), (uint8_t)(i >> 16)};

	addr_from_v4(&k.client, client);
	addr_parse("198.51.100.1", &k.server);
	return k;
}

static void numbers_of(const struct tcp_keys *keys, const struct flow_key *k, uint64_t out[NUMBERS])
{
	const struct cookie_facts facts = {.peer_mss = 1460};
	struct tcp_settings settings;
	struct tcp_secrets secrets;
	uint8_t cookie[FAST_OPEN_COOKIE_MAX];

	tcp_settings_default(&settings);
	tcp_secrets(&settings, k, keys, NS_PER_S, &secrets);
	out[ISN] = secrets.iss;
	out[TIMESTAMPS] = secrets.ts_offset;
	out[SYN_COOKIE] = cookie_iss(&keys->syn_cookie, k, 7, &facts, NS_PER_S);
	cookie_fast_open(&keys->fast_open, k, FAST_OPEN_COOKIE, cookie);
	memcpy(&out[FAST_OPEN], cookie, FAST_OPEN_COOKIE);
	out[FAST_OPEN] = le64toh(out[FAST_OPEN]);
}

static void draw(struct responder_keys *out, unsigned count)
{
	ck_assert(responder_keys_draw(out, count));
}

/* Replacing one key changes, for 64 flows, only the numbers that depend on it. */
START_TEST(each_purpose_has_a_key_of_its_own)
{
	struct responder_keys before, other;

	draw(&before, 1);
	draw(&other, 1);
	for (int which = 0; which < NUMBERS; which++) {
		struct tcp_keys after = before.tcp;
		struct siphash_key *key[NUMBERS] = {&after.isn, &after.isn, &after.syn_cookie,
						    &after.fast_open};
		unsigned changed = 0;

		*key[which] = other.tcp.isn;
		for (uint32_t i = 0; i < FLOWS; i++) {
			struct flow_key k = flow_numbered(i * 65537);
			uint64_t was[NUMBERS], is[NUMBERS];

			numbers_of(&before.tcp, &k, was);
			numbers_of(&after, &k, is);
			changed += was[which] != is[which];
			for (int n = 0; n < NUMBERS; n++)
				ck_assert(key[n] == key[which] || was[n] == is[n]);
		}
		/* A SYN cookie contains 24 bits of hash: the probability that 62 of 64 stay the
		 * same is below 2^-1400. */
		ck_assert_uint_gt(changed, 2);
	}
}
END_TEST

#define SAMPLES 16384
#define BITS    32
/* Each of 1024 pairs of bits agrees in half of the samples, with a standard deviation of
 * sqrt(16384) / 2 = 64. By Hoeffding's bound, a pair deviates by 450 with a probability of 2 exp(-2
 * * 450^2 / 16384) = 3.7e-11, any of them with 3.8e-8. */
#define OFF_MAX 450

static void count_agreements(const struct tcp_keys *keys, unsigned agree[BITS][BITS])
{
	for (uint32_t s = 0; s < SAMPLES; s++) {
		struct flow_key k = flow_numbered(s); /* consecutive ports */
		uint64_t n[NUMBERS];

		numbers_of(keys, &k, n);
		for (unsigned i = 0; i < BITS; i++)
			for (unsigned j = 0; j < BITS; j++)
				agree[i][j] += (n[ISN] >> i & 1) == (n[TIMESTAMPS] >> j & 1);
	}
}

START_TEST(isn_and_timestamp_clock_are_independent)
{
	static unsigned agree[BITS][BITS];
	struct responder_keys keys;

	draw(&keys, 1);
	count_agreements(&keys.tcp, agree);
	for (unsigned i = 0; i < BITS; i++)
		for (unsigned j = 0; j < BITS; j++)
			ck_assert_msg(agree[i][j] > SAMPLES / 2 - OFF_MAX &&
					      agree[i][j] < SAMPLES / 2 + OFF_MAX,
				      "bit %u of the ISN, %u of the offset: %u of %u", i, j,
				      agree[i][j], SAMPLES);
}
END_TEST

#define KEYS (sizeof(struct responder_keys) / sizeof(struct siphash_key))

/* Two random keys are equal with a probability of 2^-128. */
START_TEST(workers_share_only_the_fast_open_key)
{
	struct responder_keys daemon[2][3];
	struct siphash_key all[6][KEYS];
	unsigned shared = offsetof(struct responder_keys, tcp.fast_open) / sizeof(all[0][0]);

	draw(daemon[0], 3);
	draw(daemon[1], 3);
	memcpy(all, daemon, sizeof(all));
	for (unsigned a = 0; a < 6 * KEYS; a++) {
		for (unsigned b = 0; b < a; b++) {
			bool same = memcmp(&all[a / KEYS][a % KEYS], &all[b / KEYS][b % KEYS],
					   sizeof(all[0][0])) == 0;
			bool one = a % KEYS == shared && b % KEYS == shared &&
				   a / KEYS / 3 == b / KEYS / 3;

			ck_assert_msg(same == one, "%u and %u", a, b);
		}
	}
}
END_TEST

/* The numbers of an earlier version: replays with a seed must stay reproducible. */
START_TEST(a_seed_reproduces_its_numbers)
{
	static const uint64_t expected[NUMBERS] = {3698518251, 2584783636, 108658351,
						   0x8dd665b45f37f685};
	struct flow_key k = flow_numbered(77);
	struct responder_keys keys, again;
	uint64_t n[NUMBERS];

	responder_keys_of_seed(42, &keys);
	responder_keys_of_seed(42, &again);
	ck_assert_mem_eq(&keys, &again, sizeof(keys));
	numbers_of(&keys.tcp, &k, n);
	for (unsigned i = 0; i < NUMBERS; i++)
		ck_assert_uint_eq(n[i], expected[i]);
	responder_keys_of_seed(43, &again);
	ck_assert(memcmp(&keys, &again, sizeof(keys)) != 0);
}
END_TEST

/* Random choices depend only on the seed: live and replay make the same ones. */
START_TEST(random_choices_do_not_depend_on_the_keys)
{
	const struct responder_limits limits = {
		.half_open_max = 16, .connections_max = 16, .time_wait_max = 16, .delayed_max = 16};
	struct responder *r = xcalloc(1, sizeof(*r));
	struct responder_keys keys;
	struct rng rng, seen;

	for (uint64_t seed = 1; seed < 4; seed++) {
		rng_seed(&rng, seed);
		for (int i = 0; i < 6; i++)
			rng_next(&rng);
		for (int live = 0; live < 2; live++) {
			if (live)
				draw(&keys, 1);
			else
				responder_keys_of_seed(seed, &keys);
			responder_init(r, &limits, seed, &keys, 0);
			seen = r->rng;
			responder_release(r);
			ck_assert_mem_eq(&seen, &rng, sizeof(rng));
		}
	}
	free(r);
}
END_TEST

UNIT_MAIN("responder_keys", each_purpose_has_a_key_of_its_own,
	  isn_and_timestamp_clock_are_independent, workers_share_only_the_fast_open_key,
	  a_seed_reproduces_its_numbers, random_choices_do_not_depend_on_the_keys)
