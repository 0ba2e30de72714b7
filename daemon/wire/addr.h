/* SPDX-License-Identifier: MIT */
/* addr: IPv4 and IPv6 addresses and prefixes, and their notation. */
#ifndef SYNACKD_WIRE_ADDR_H
#define SYNACKD_WIRE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* An IPv6 address, or an IPv4 address in its mapped form ::ffff:a.b.c.d, in network byte order. */
struct addr {
	uint8_t b[16];
};

/* The first `bits` bits of `addr` are the prefix. An IPv4 /8 has 104 bits here. */
struct prefix {
	struct addr addr;
	uint8_t bits;
};

#define ADDR_BITS     128
#define ADDR_TEXT_MAX 48 /* with the NUL; sufficient for a prefix, too */

static inline bool addr_is_v4(const struct addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(a->b, mapped, sizeof(mapped)) == 0;
}

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static inline void addr_from_v4(struct addr *a, const uint8_t bytes[4])
{
	*a = (struct addr){.b = {[10] = 0xff, [11] = 0xff}};
	memcpy(a->b + 12, bytes, 4);
}

/* Returns a hash of the address and of a further number, such as a port: each bit of both changes
 * each bit of the hash with about the same probability. It has no key: not for addresses that a
 * client can choose, for which siphash() is. */
static inline uint32_t addr_hash(const struct addr *a, uint32_t number)
{
	uint64_t h[2];

	memcpy(h, a->b, sizeof(h));
	h[0] = (h[0] ^ number) * 0x9e3779b97f4a7c15u;
	h[1] = (h[1] ^ h[0] ^ h[0] >> 32) * 0xff51afd7ed558ccdu;
	h[1] = (h[1] ^ h[1] >> 32) * 0xc4ceb9fe1a85ec53u;
	return (uint32_t)(h[1] >> 32);
}

/* Parses `192.0.2.1` or `2001:db8::1`, without brackets or zone. Returns false, and leaves *out
 * unchanged, if the text is malformed. */
bool addr_parse(const char *text, struct addr *out);

/* Parses an address or `ADDRESS/BITS`. Returns false if the text is malformed or host bits are
 * set. */
bool prefix_parse(const char *text, struct prefix *out);
/* Parses as prefix_parse() does. On failure returns false and sets *wrong to a message, which
 * the caller frees: it has the text `expected`, or, if host bits are set, suggests the network
 * and the address. */
bool prefix_read(const char *text, const char *expected, struct prefix *out, char **wrong);
void prefix_clear_host_bits(struct prefix *p);
/* An IPv4 address is in no IPv6 prefix, not even in ::/0. */
bool prefix_contains(const struct prefix *p, const struct addr *a);

/* Sets *out to the network's own address plus `number`. Returns false if that is outside the
 * prefix. */
bool prefix_host(const struct prefix *p, uint64_t number, struct addr *out);
/* Sets *out to the broadcast address of an IPv4 network; host bits of p->addr are ignored.
 * Returns false if the network has none. */
bool prefix_broadcast(const struct prefix *p, struct addr *out);
/* Returns the last address that a host can have: the last of the prefix, or the one before the
 * broadcast address if there is one. */
struct addr prefix_last_host(const struct prefix *p);
bool prefix_overlap(const struct prefix *a, const struct prefix *b);

/* Write the usual text form, an IPv4 address in dotted decimal. Both return buf. */
const char *addr_format(const struct addr *a, char buf[ADDR_TEXT_MAX]);
const char *prefix_format(const struct prefix *p, char buf[ADDR_TEXT_MAX]);

bool addr_is_loopback(const struct addr *a);
/* In fe80::/10, RFC 4291 2.5.6. */
bool addr_is_link_local(const struct addr *a);
/* Multicast, the limited broadcast address 255.255.255.255, or the unspecified address: the
 * daemon never answers these. */
bool addr_is_unanswerable(const struct addr *a);

#endif
