/* SPDX-License-Identifier: MIT */
/* Randomness is an argument, too: a seed gives the same run again. Secrets are another matter. */
#ifndef SYNACKD_BASE_RANDOM_H
#define SYNACKD_BASE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* xoshiro256**: fast, and good enough for loss and jitter. Never for secrets. */
struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t n); /* uniform in [0, n); n > 0 */
double rng_unit(struct rng *r);                /* uniform in [0, 1) */

/* SipHash-2-4 with a 128-bit key: hash tables that a client cannot flood, ISNs (RFC 6528). */
struct siphash_key {
	uint64_t k0, k1;
};

uint64_t siphash(const struct siphash_key *key, const void *data, size_t len);

/* Fill with n octets of the kernel's getrandom(2), which no one can foresee. False, with errno set:
 * it gives none, and the caller must do without what it is to protect. */
bool random_secret(void *out, size_t n);

/* The seed of this run's chance: the one that was given, or else a random one, short enough to be
 * typed again. False, with errno set: there is no random one. */
bool seed_choose(bool given, uint64_t wanted, uint64_t *seed);

#endif
