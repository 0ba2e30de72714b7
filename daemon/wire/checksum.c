/* SPDX-License-Identifier: MIT */
#include "wire/checksum.h"

#include <arpa/inet.h>
#include <string.h>

/* Sums are 64 bits wide, in the machine's byte order, and with end-around carry; checksum_fold()
 * converts them once: RFC 1071 2(B) and 2(C). */
static inline uint64_t add_word(uint64_t sum, uint64_t word)
{
	bool carry = __builtin_add_overflow(sum, word, &sum);

	return sum + carry;
}

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t len)
{
	uint64_t eight[2];
	uint32_t four;
	uint16_t two;

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

uint16_t checksum_fold(uint64_t sum)
{
	uint32_t half;

	/* Adding the swapped halves leaves the sum, with end-around carry, in the upper half. */
	half = (uint32_t)((sum + (sum << 32 | sum >> 32)) >> 32);
	half = (half + (half << 16 | half >> 16)) >> 16;
	return ntohs((uint16_t)~half);
}
