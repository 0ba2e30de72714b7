/* SPDX-License-Identifier: MIT */
/* lent: octets that remain valid and unchanged until the process ends. Segments refer to them, and
 * their part of a checksum is known in advance. */
#ifndef SYNACKD_WIRE_LENT_H
#define SYNACKD_WIRE_LENT_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lent {
	const uint8_t *octets;
	uint32_t len;
	uint32_t period;      /* even; the octet at i + period equals the octet at i */
	const uint32_t *sums; /* period + 1 of them, by lent_sums() */
};

#define LENT_PERIOD_MAX 65536 /* so that a sum does not overflow */

/* Sets sums[i] to the sum of the first i octets, for i from 0 to `period`, which is even and at
 * most LENT_PERIOD_MAX. The octets are high and low bytes of 16-bit words, alternately. */
void lent_sums(const uint8_t *octets, uint32_t period, uint32_t *sums);

/* Returns true if all n octets at `p` are among the lent ones. */
static inline bool lent_has(const struct lent *l, const uint8_t *p, size_t n)
{
	uintptr_t at = (uintptr_t)p - (uintptr_t)l->octets;

	return at <= l->len && n <= l->len - at;
}

static inline uint64_t lent_sum_before(const struct lent *l, uint32_t at)
{
	return (uint64_t)(at / l->period) * l->sums[l->period] + l->sums[at % l->period];
}

/* Returns checksum_add(0, p, n) or a number that checksum_fold() does not distinguish from it. All
 * of the octets must be lent ones. */
static inline uint64_t lent_sum(const struct lent *l, const uint8_t *p, size_t n)
{
	uint32_t at = (uint32_t)(p - l->octets);
	uint64_t sum = lent_sum_before(l, at + (uint32_t)n) - lent_sum_before(l, at);
	bool odd = at & 1; /* high bytes are low ones, and the reverse: RFC 1071 2(B) */

	return sum << (odd != (BYTE_ORDER == LITTLE_ENDIAN) ? 8 : 0);
}

#endif
