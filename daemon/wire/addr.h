/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_WIRE_ADDR_H
#define SYNACKD_WIRE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* An IPv6 address, or an IPv4 one in its mapped form ::ffff:a.b.c.d. Bytes in network order, so
 * memcmp compares. */
struct addr {
	uint8_t b[16];
};

/* A network: the first `bits` of `addr` count. An IPv4 /8 has 104 bits here. */
struct prefix {
	struct addr addr;
	uint8_t bits;
};

#define ADDR_BITS     128
#define ADDR_TEXT_MAX 48 /* with the NUL; also long enough for a prefix */

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

/* Read `192.0.2.1` or `2001:db8::1` (no brackets, no zone). False leaves *out alone. */
bool addr_parse(const char *text, struct addr *out);

/* Read an address or `ADDRESS/BITS`. Host bits must be zero, else false. */
bool prefix_parse(const char *text, struct prefix *out);
/* prefix_parse(). Returns false, and in *wrong a message that the caller frees: with `expected`, or
 * for a prefix with host bits the network and the address that may be meant. */
bool prefix_read(const char *text, const char *expected, struct prefix *out, char **wrong);
/* No IPv4 address is in a network of IPv6, nor in ::/0. */
bool prefix_contains(const struct prefix *p, const struct addr *a);

/* The address `number` after the network's own; false: it has no such. */
bool prefix_host(const struct prefix *p, uint64_t number, struct addr *out);
/* The broadcast address of an IPv4 network, whose host bits may be set. False: it has none. */
bool prefix_broadcast(const struct prefix *p, struct addr *out);
/* The last one that a host may have: in IPv4 that before the broadcast address, if it has one. */
struct addr prefix_last_host(const struct prefix *p);
bool prefix_overlap(const struct prefix *a, const struct prefix *b);

/* Write it as a person would, IPv4 without the mapping. Both return buf. */
const char *addr_format(const struct addr *a, char buf[ADDR_TEXT_MAX]);
const char *prefix_format(const struct prefix *p, char buf[ADDR_TEXT_MAX]);

bool addr_is_loopback(const struct addr *a);
/* fe80::/10, RFC 4291 2.5.6. */
bool addr_is_link_local(const struct addr *a);
/* Multicast, the limited broadcast 255.255.255.255, or the unspecified address: never answered. */
bool addr_is_unanswerable(const struct addr *a);

#endif
