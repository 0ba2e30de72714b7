/* SPDX-License-Identifier: MIT */
#include "wire/checksum.h"

#include <arpa/inet.h>
#include <string.h>

/*
 * Sums are kept in the machine's own byte order and turned round once, in checksum_fold: RFC 1071
 * 2(B). The two halves of each 8 bytes are added apart, so that 64 bits take 2^32 of them without
 * a carry to look after.
 */
static inline uint64_t add_word(uint64_t sum, uint64_t word)
{
	return sum + (uint32_t)word + (word >> 32);
}

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t len)
{
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		sum = add_word(sum, word);
	}
	if (len) {
		word = 0;
		memcpy(&word, bytes, len);
		sum = add_word(sum, word);
	}
	return sum;
}

uint64_t checksum_pseudo(const struct addr *src, const struct addr *dst, uint8_t protocol,
			 uint32_t len)
{
	uint64_t sum = (uint64_t)htonl(len) + htonl(protocol);

	if (addr_is_v4(src)) {
		sum = checksum_add(sum, src->b + 12, 4);
		return checksum_add(sum, dst->b + 12, 4);
	}
	sum = checksum_add(sum, src->b, sizeof(src->b));
	return checksum_add(sum, dst->b, sizeof(dst->b));
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ntohs((uint16_t)~sum);
}
