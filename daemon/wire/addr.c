/* SPDX-License-Identifier: MIT */
#include "wire/addr.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>

#define V4_IN_ADDR 96 /* bits before the IPv4 address */

bool addr_parse(const char *text, struct addr *out)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1) {
		addr_from_v4(out, bytes);
		return true;
	}
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return false;
	memcpy(out->b, bytes, sizeof(out->b));
	return true;
}

/* Parses one to three digits. */
static bool bits_parse(const char *text, unsigned max, unsigned *bits)
{
	size_t n = strspn(text, "0123456789");

	if (n < 1 || n > 3 || text[n] != '\0')
		return false;
	*bits = 0;
	for (; *text; text++)
		*bits = *bits * 10 + (unsigned)(*text - '0');
	return *bits <= max;
}

static bool host_bits_zero(const struct prefix *p)
{
	unsigned whole = p->bits / 8;

	if (p->bits == ADDR_BITS)
		return true;
	if (p->addr.b[whole] & (0xff >> p->bits % 8))
		return false;
	for (unsigned i = whole + 1; i < sizeof(p->addr.b); i++)
		if (p->addr.b[i])
			return false;
	return true;
}

/* prefix_parse() that permits host bits. */
static bool parse_bits(const char *text, struct prefix *out)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	/* The notation decides, not addr_is_v4(): ::ffff:0:0/96 counts its bits from the start. */
	unsigned mapping = memchr(text, ':', len) ? 0 : V4_IN_ADDR;
	unsigned bits = ADDR_BITS - mapping;
	char address[ADDR_TEXT_MAX];
	struct prefix p;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!addr_parse(address, &p.addr))
		return false;
	if (slash && !bits_parse(slash + 1, ADDR_BITS - mapping, &bits))
		return false;
	p.bits = (uint8_t)(mapping + bits);
	*out = p;
	return true;
}

bool prefix_parse(const char *text, struct prefix *out)
{
	struct prefix p;

	if (!parse_bits(text, &p) || !host_bits_zero(&p))
		return false;
	*out = p;
	return true;
}

void prefix_clear_host_bits(struct prefix *p)
{
	unsigned whole = p->bits / 8;

	if (p->bits == ADDR_BITS)
		return;
	p->addr.b[whole] &= (uint8_t)(0xff00 >> p->bits % 8);
	memset(p->addr.b + whole + 1, 0, sizeof(p->addr.b) - whole - 1);
}

bool prefix_read(const char *text, const char *expected, struct prefix *out, char **wrong)
{
	char network[ADDR_TEXT_MAX], address[ADDR_TEXT_MAX];
	struct prefix p;

	if (prefix_parse(text, out))
		return true;
	if (!parse_bits(text, &p))
		return text_expected(wrong, text, "%s", expected);
	addr_format(&p.addr, address);
	prefix_clear_host_bits(&p);
	*wrong = xasprintf("expected %s or %s, got '%s', which has host bits",
			   prefix_format(&p, network), address, text);
	return false;
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	unsigned whole = p->bits / 8, rest = p->bits % 8;

	if (p->bits < V4_IN_ADDR && addr_is_v4(a))
		return false;
	if (memcmp(p->addr.b, a->b, whole) != 0)
		return false;
	return !rest || (p->addr.b[whole] ^ a->b[whole]) >> (8 - rest) == 0;
}

bool prefix_host(const struct prefix *p, uint64_t number, struct addr *out)
{
	unsigned host_bits = ADDR_BITS - p->bits;

	if (host_bits < 64 && number >> host_bits)
		return false;
	*out = p->addr;
	for (unsigned i = sizeof(out->b); i-- > 0; number >>= 8)
		out->b[i] |= (uint8_t)number;
	return true;
}

/* Returns the address with all host bits set. */
static struct addr last_of(const struct prefix *p)
{
	struct addr last = p->addr;

	for (unsigned bit = p->bits; bit < ADDR_BITS; bit++)
		last.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return last;
}

bool prefix_broadcast(const struct prefix *p, struct addr *out)
{
	*out = last_of(p);
	return addr_is_v4(&p->addr) && p->bits < ADDR_BITS - 1;
}

struct addr prefix_last_host(const struct prefix *p)
{
	struct addr last;

	if (prefix_broadcast(p, &last))
		last.b[15] &= 0xfe;
	return last;
}

bool prefix_overlap(const struct prefix *a, const struct prefix *b)
{
	return prefix_contains(a, &b->addr) || prefix_contains(b, &a->addr);
}

const char *addr_format(const struct addr *a, char buf[ADDR_TEXT_MAX])
{
	if (addr_is_v4(a))
		inet_ntop(AF_INET, a->b + 12, buf, ADDR_TEXT_MAX);
	else
		inet_ntop(AF_INET6, a->b, buf, ADDR_TEXT_MAX);
	return buf;
}

const char *prefix_format(const struct prefix *p, char buf[ADDR_TEXT_MAX])
{
	size_t len;

	if (addr_is_v4(&p->addr) && p->bits >= V4_IN_ADDR)
		addr_format(&p->addr, buf);
	else
		inet_ntop(AF_INET6, p->addr.b, buf, ADDR_TEXT_MAX);
	if (p->bits == ADDR_BITS)
		return buf;
	len = strlen(buf);
	snprintf(buf + len, ADDR_TEXT_MAX - len, "/%d",
		 strchr(buf, ':') ? p->bits : p->bits - V4_IN_ADDR);
	return buf;
}

bool addr_is_loopback(const struct addr *a)
{
	static const struct addr v6 = {.b = {[15] = 1}};

	return addr_is_v4(a) ? a->b[12] == 127 : addr_equal(a, &v6);
}

bool addr_is_unanswerable(const struct addr *a)
{
	static const struct addr unspecified;
	static const uint8_t zero[4], ones[4] = {0xff, 0xff, 0xff, 0xff};
	const uint8_t *v4 = a->b + 12;

	if (!addr_is_v4(a))
		return a->b[0] == 0xff || addr_equal(a, &unspecified);
	return (v4[0] & 0xf0) == 0xe0 || memcmp(v4, zero, 4) == 0 || memcmp(v4, ones, 4) == 0;
}

bool addr_is_link_local(const struct addr *a)
{
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}
