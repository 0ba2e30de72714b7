/* SPDX-License-Identifier: MIT */
#include "wire/ip_extras.h"

#include "base/text.h"
#include "wire/addr.h"
#include "wire/ip_numbers.h"
#include "wire/notation_scan.h"

#include <string.h>

#define HEX_DIGITS "0123456789abcdefABCDEF"

/* The output of a list. */
struct octets {
	struct scan *s;
	const char *begin; /* of the current element, for errors about all of it */
	uint8_t *to;
	size_t len, max;
};

static bool put(struct octets *o, const uint8_t *bytes, size_t n)
{
	if (o->len + n > o->max) {
		o->s->at = o->begin;
		return scan_fail(o->s, "expected at most %zu octets in all", o->max);
	}
	memcpy(o->to + o->len, bytes, n);
	o->len += n;
	return true;
}

static bool put_zeros(struct octets *o, size_t n)
{
	static const uint8_t zeros[IP_EXTENSIONS_MAX];

	return put(o, zeros, n < sizeof(zeros) ? n : sizeof(zeros));
}

/* Scans hexadecimal digits; there may be none. */
static bool put_hex(struct octets *o)
{
	uint8_t bytes[IP_EXTENSIONS_MAX];
	size_t digits;
	int n;

	scan_blanks(o->s);
	digits = strspn(o->s->at, HEX_DIGITS);
	if (digits % 2)
		return scan_fail(o->s, "expected an even number of hexadecimal digits");
	n = hex_decode(o->s->at, digits, bytes, sizeof(bytes));
	if (!put(o, bytes, n < 0 ? o->max + 1 : (size_t)n))
		return false;
	o->s->at += digits;
	return true;
}

/* --- IPv4 options --------------------------------------------------------------------------- */

/* Puts kind, length, a pointer to the fourth octet, and `room` zero octets for routers to fill. */
static bool route(struct octets *o, uint8_t kind, size_t room)
{
	return put(o, (uint8_t[]){kind, (uint8_t)(3 + room), 4}, 3) && put_zeros(o, room);
}

static bool scan_count(struct octets *o, uint32_t *out)
{
	scan_blanks(o->s);
	return scan_number(o->s, IP_OPTIONS_MAX / 4, out);
}

static bool record_route(struct octets *o)
{
	uint32_t n;

	return scan_count(o, &n) && route(o, IP_OPTION_RECORD_ROUTE, 4 * n);
}

static bool timestamp(struct octets *o)
{
	uint32_t n;

	return scan_count(o, &n) &&
	       put(o, (uint8_t[]){IP_OPTION_TIMESTAMP, (uint8_t)(4 + 4 * n), 5, 0}, 4) &&
	       put_zeros(o, 4 * n);
}

static bool put_address(struct octets *o)
{
	char text[ADDR_TEXT_MAX] = "";
	size_t len = strcspn(o->s->at, " \t,");
	struct addr a;

	if (len < sizeof(text))
		memcpy(text, o->s->at, len);
	if (!addr_parse(text, &a) || !addr_is_v4(&a))
		return scan_fail(o->s, "expected an IPv4 address");
	o->s->at += len;
	return put(o, a.b + 12, 4);
}

static bool source_route(struct octets *o, uint8_t kind)
{
	size_t at = o->len;

	if (!route(o, kind, 0))
		return false;
	do {
		scan_blanks(o->s);
		if (!put_address(o))
			return false;
		scan_blanks(o->s);
	} while (*o->s->at && *o->s->at != ',');
	o->to[at + 1] = (uint8_t)(o->len - at);
	return true;
}

static bool loose_route(struct octets *o)
{
	return source_route(o, IP_OPTION_LOOSE_ROUTE);
}

static bool strict_route(struct octets *o)
{
	return source_route(o, IP_OPTION_STRICT_ROUTE);
}

static bool alert(struct octets *o)
{
	return put(o, (uint8_t[]){IP_OPTION_ALERT, 4, 0, 0}, 4);
}

static bool nop(struct octets *o)
{
	return put(o, (uint8_t[]){IP_OPTION_NOP}, 1);
}

static bool eol(struct octets *o)
{
	return put(o, (uint8_t[]){IP_OPTION_EOL}, 1);
}

static bool option_kind(struct octets *o)
{
	size_t at = o->len;
	uint32_t number;

	scan_blanks(o->s);
	if (!scan_number(o->s, UINT8_MAX, &number) || !put(o, (uint8_t[]){(uint8_t)number, 0}, 2) ||
	    !put_hex(o))
		return false;
	o->to[at + 1] = (uint8_t)(o->len - at);
	return true;
}

/* --- IPv6 extension headers ----------------------------------------------------------------- */

/* Pads a header that starts at `at` to a multiple of 8 octets, and sets its length. */
static bool finish_header(struct octets *o, size_t at, bool with_options)
{
	size_t pad = (8 - (o->len - at) % 8) % 8, begin = o->len;

	if (!put_zeros(o, pad))
		return false;
	/* RFC 8200 4.2: Pad1 is one octet of 0; PadN is 1, a length, and zeros. */
	if (with_options && pad > 1) {
		o->to[begin] = 1;
		o->to[begin + 1] = (uint8_t)(pad - 2);
	}
	o->to[at + 1] = (uint8_t)((o->len - at) / 8 - 1);
	return true;
}

/* Next Header and length are filled in later. */
static bool header(struct octets *o, bool with_options)
{
	size_t at = o->len;

	return put_zeros(o, 2) && put_hex(o) && finish_header(o, at, with_options);
}

static bool options_header(struct octets *o)
{
	return header(o, true);
}

static bool other_header(struct octets *o)
{
	return header(o, false);
}

static bool fragment_header(struct octets *o)
{
	return put_zeros(o, 8);
}

/* --- lists ---------------------------------------------------------------------------------- */

/* A word of a list. */
struct word {
	const char *name;
	bool (*scan)(struct octets *o);
	uint8_t header; /* IPv6: the Next Header value */
};

static const struct word option_words[] = {
	{"nop", nop, 0},      {"eol", eol, 0},          {"rr", record_route, 0},
	{"ts", timestamp, 0}, {"lsrr", loose_route, 0}, {"ssrr", strict_route, 0},
	{"alert", alert, 0},  {"kind", option_kind, 0}, {"raw", put_hex, 0},
	{NULL, NULL, 0},
};

static const struct word header_words[] = {
	{"hop", options_header, PROTOCOL_HOP_BY_HOP},
	{"dest", options_header, PROTOCOL_DESTINATION},
	{"routing", other_header, PROTOCOL_ROUTING},
	{"fragment", fragment_header, PROTOCOL_FRAGMENT},
	{"kind", other_header, 0},
	{NULL, NULL, 0},
};

static const char *option_at(size_t i, const void *arg)
{
	(void)arg;
	return option_words[i].name;
}

static const char *header_at(size_t i, const void *arg)
{
	(void)arg;
	return header_words[i].name;
}

/* Scans a word. Returns NULL after scan_fail() if it is unknown. */
static const struct word *scan_known(struct octets *o, const struct word *words, const char *kind,
				     const char *(*candidate)(size_t i, const void *arg))
{
	char name[WORD_MAX];

	scan_blanks(o->s);
	o->begin = o->s->at;
	scan_word(o->s, name);
	for (; words->name; words++)
		if (strcmp(words->name, name) == 0)
			return words;
	scan_unknown(o->s, o->begin, kind, name, candidate);
	return NULL;
}

/* Returns true if a comma follows, and consumes it; false at the end, and after scan_fail(). */
static bool goes_on(struct scan *s)
{
	scan_blanks(s);
	if (*s->at && *s->at != ',')
		return scan_fail(s, "expected , or the end");
	return scan_accept(s, ',');
}

bool ip_options_parse(const char *text, struct ip_extras *out, char **error)
{
	struct scan s = {.text = text, .at = text, .error = error};
	struct octets o = {.s = &s, .to = out->options, .max = IP_OPTIONS_MAX};

	*error = NULL;
	out->parts |= EXTRA_OPTIONS;
	if (!*text)
		return true;
	do {
		const struct word *w = scan_known(&o, option_words, "an IP option", option_at);

		if (!w || !w->scan(&o))
			return false;
	} while (goes_on(&s));
	out->options_len = (uint8_t)o.len;
	return !*error;
}

bool ip_extensions_parse(const char *text, struct ip_extras *out, char **error)
{
	struct scan s = {.text = text, .at = text, .error = error};
	struct octets o = {.s = &s, .to = out->extensions, .max = IP_EXTENSIONS_MAX};
	uint8_t *next = &out->first;

	*error = NULL;
	out->parts |= EXTRA_EXTENSIONS;
	out->first = PROTOCOL_TCP;
	if (!*text)
		return true;
	do {
		const struct word *w =
			scan_known(&o, header_words, "an IPv6 extension header", header_at);
		size_t at = o.len;
		uint32_t number = w ? w->header : 0;

		if (!w)
			return false;
		scan_blanks(&s);
		if (strcmp(w->name, "kind") == 0 && !scan_number(&s, UINT8_MAX, &number))
			return false;
		if (!w->scan(&o))
			return false;
		*next = (uint8_t)number;
		next = &o.to[at];
	} while (goes_on(&s));
	*next = PROTOCOL_TCP;
	out->extensions_len = (uint16_t)o.len;
	return !*error;
}

void ip_extras_join(struct ip_extras *to, const struct ip_extras *more)
{
	struct ip_extras before = *to;

	*to = *more;
	to->parts |= before.parts;
	if (!(more->parts & EXTRA_OPTIONS)) {
		to->options_len = before.options_len;
		memcpy(to->options, before.options, before.options_len);
	}
	if (!(more->parts & EXTRA_EXTENSIONS)) {
		to->first = before.first;
		to->extensions_len = before.extensions_len;
		memcpy(to->extensions, before.extensions, before.extensions_len);
	}
	if (!(more->parts & EXTRA_TRAILER)) {
		to->trailer_len = before.trailer_len;
		memcpy(to->trailer, before.trailer, before.trailer_len);
	}
	if (!(more->parts & EXTRA_FRAGMENTS))
		to->fragments = before.fragments;
}
