/* SPDX-License-Identifier: MIT */
/*
 * random: seeded random numbers, SipHash, and secrets from the kernel.
 *
 * Functions that draw random numbers take the generator as an argument: the same seed reproduces
 * a run.
 */
#ifndef SYNACKD_BASE_RANDOM_H
#define SYNACKD_BASE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* xoshiro256**: fast, and sufficient for loss and jitter. Not for secrets. */
struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t n); /* uniform in [0, n); n > 0 */
double rng_unit(struct rng *r);                /* uniform in [0, 1) */

/* SipHash-2-4 with a 128-bit key: for ISNs (RFC 6528), and for hash tables that clients cannot
 * flood. */
struct siphash_key {
	uint64_t k0, k1;
};

uint64_t siphash(const struct siphash_key *key, const void *data, size_t len);
/* The same for 12 octets, in half the time. */
uint64_t siphash_12(const struct siphash_key *key, const uint8_t data[12]);

/* Fills `out` with n unpredictable octets from getrandom(2). On failure returns false and sets
 * errno: the caller must do without the feature that needs the secret. */
bool random_secret(void *out, size_t n);

/* Sets *seed, the seed of the random number generator: `wanted` if `given`, else a random number
 * of 48 bits, short enough to type. On failure of getrandom(2) returns false and sets errno. */
bool seed_choose(bool given, uint64_t wanted, uint64_t *seed);

#endif
