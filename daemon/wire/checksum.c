/* SPDX-License-Identifier: MIT */
#include "wire/checksum.h"

#include <string.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

/* Sums are 64 bits wide, in the machine's byte order, and with end-around carry; checksum_fold()
 * converts them once: RFC 1071 2(B) and 2(C). */
static inline uint64_t add_word(uint64_t sum, uint64_t word)
{
	bool carry = __builtin_add_overflow(sum, word, &sum);

	return sum + carry;
}

#define BLOCK 64

#ifdef __x86_64__
/* A chain of additions with carry, which a compiler does not make of add_word(). After a carry, the
 * total is at most 2^64 - 2, so the last carry does not overflow. */
static inline uint64_t add_block(uint64_t sum, const uint8_t *block)
{
	unsigned long long total = sum;
	uint8_t carry = 0;
	uint64_t word;

#pragma GCC unroll 8
	for (unsigned i = 0; i < BLOCK; i += sizeof(word)) {
		memcpy(&word, block + i, sizeof(word));
		carry = _addcarry_u64(carry, total, word, &total);
	}
	return total + carry;
}
#else
static inline uint64_t add_block(uint64_t sum, const uint8_t *block)
{
	uint64_t carries = 0, word;

#pragma GCC unroll 8
	for (unsigned i = 0; i < BLOCK; i += sizeof(word)) {
		memcpy(&word, block + i, sizeof(word));
		carries += __builtin_add_overflow(sum, word, &sum);
	}
	return add_word(sum, carries);
}
#endif

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t len)
{
	uint64_t eight[2];
	uint32_t four;
	uint16_t two;

	for (; len >= BLOCK; len -= BLOCK, bytes += BLOCK)
		sum = add_block(sum, bytes);
	for (; len >= 16; len -= 16, bytes += 16) {
		memcpy(eight, bytes, 16);
		sum = add_word(add_word(sum, eight[0]), eight[1]);
	}
	if (len & 8) {
		memcpy(eight, bytes, 8);
		sum = add_word(sum, eight[0]);
		bytes += 8;
	}
	if (len & 4) {
		memcpy(&four, bytes, 4);
		sum = add_word(sum, four);
		bytes += 4;
	}
	if (len & 2) {
		memcpy(&two, bytes, 2);
		sum = add_word(sum, two);
		bytes += 2;
	}
	if (len & 1)
		sum = add_word(sum, htons((uint16_t)(*bytes << 8)));
	return sum;
}

/* The mapping before an IPv4 address adds 0xffff, which is 0 in one's complement. */
static inline uint64_t add_address(uint64_t sum, const struct addr *a)
{
	uint64_t half[2];

	memcpy(half, a->b, sizeof(half));
	return add_word(add_word(sum, half[0]), half[1]);
}

uint64_t checksum_pseudo(const struct addr *src, const struct addr *dst, uint8_t protocol,
			 uint32_t len)
{
	uint64_t sum = (uint64_t)htonl(len) + htonl(protocol);

	return add_address(add_address(sum, src), dst);
}
