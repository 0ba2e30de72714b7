/* SPDX-License-Identifier: MIT */
#include "wire/notation_option.h"

#include "base/container.h"
#include "base/text.h"
#include "wire/cursor.h"
#include "wire/options.h"

#include <inttypes.h>

/* The option being scanned, with the start of its text for errors about all of it. */
struct option_scan {
	struct scan *s;
	const char *begin;
	struct option_template *t;
};

static bool put_bytes(struct option_scan *o, const uint8_t *bytes, size_t n)
{
	if (o->t->len + n > SEGMENT_OPT_MAX) {
		o->s->at = o->begin;
		return scan_fail(o->s, "expected options of at most %d octets in all",
				 SEGMENT_OPT_MAX);
	}
	memcpy(o->t->bytes + o->t->len, bytes, n);
	o->t->len = (uint8_t)(o->t->len + n);
	return true;
}

static bool put_head(struct option_scan *o, uint8_t kind, uint8_t len)
{
	return put_bytes(o, (uint8_t[]){kind, len}, 2);
}

void option_store(uint8_t *at, uint8_t size, uint32_t value)
{
	uint8_t bytes[4];

	put_u32(bytes, value);
	memcpy(at, bytes + 4 - size, size);
}

/* Puts an expression of `size` octets: a constant as its value, any other as a hole. */
static bool put_value(struct option_scan *o, uint8_t size)
{
	uint32_t max = size == 4 ? UINT32_MAX : (1u << 8 * size) - 1;
	struct option_template *t = o->t;
	uint8_t at = t->len;
	const char *begin;
	struct expr value;

	scan_blanks(o->s);
	begin = o->s->at;
	if (!scan_expr(o->s, &value) || !put_bytes(o, (uint8_t[4]){0}, size))
		return false;
	if (!expr_is_constant(&value)) {
		if (t->holes == NOTATION_HOLES_MAX) {
			o->s->at = begin;
			return scan_fail(o->s, "expected at most %d expressions in the options",
					 NOTATION_HOLES_MAX);
		}
		t->hole[t->holes].at = at;
		t->hole[t->holes].size = size;
		t->hole[t->holes++].value = value;
		return true;
	}
	if (value.constant < 0 || value.constant > max) {
		o->s->at = begin;
		return scan_fail(o->s, "expected a number from 0 to %" PRIu32, max);
	}
	option_store(t->bytes + at, size, (uint32_t)value.constant);
	return true;
}

/* Scans hexadecimal digits; there may be none. */
static bool put_hex(struct option_scan *o)
{
	uint8_t bytes[SEGMENT_OPT_MAX];
	size_t digits;
	int n;

	scan_blanks(o->s);
	digits = strspn(o->s->at, "0123456789abcdefABCDEF");
	if (digits % 2)
		return scan_fail(o->s, "expected an even number of hexadecimal digits");
	n = hex_decode(o->s->at, digits, bytes, sizeof(bytes));
	/* If the digits exceed `bytes`, put_bytes() reports the error. */
	if (!put_bytes(o, bytes, n < 0 ? SEGMENT_OPT_MAX + 1 : (size_t)n))
		return false;
	o->s->at += digits;
	return true;
}

/* Consumes the word if it is next; returning false is not an error. */
static bool accept_word(struct scan *s, const char *wanted)
{
	const char *begin;
	char word[WORD_MAX];

	scan_blanks(s);
	begin = s->at;
	scan_word(s, word);
	if (strcmp(word, wanted) == 0)
		return true;
	s->at = begin;
	return false;
}

static bool scan_keyword(struct scan *s, const char *keyword)
{
	return accept_word(s, keyword) || scan_fail(s, "expected %s", keyword);
}

static bool mss(struct option_scan *o)
{
	return put_head(o, OPT_MSS, 4) && put_value(o, 2);
}

static bool wscale(struct option_scan *o)
{
	return put_head(o, OPT_WSCALE, 3) && put_value(o, 1);
}

static bool sack_permitted(struct option_scan *o)
{
	return put_head(o, OPT_SACK_PERMITTED, 2);
}

/* Returns true if `len N` or `says N` follows the option. */
static bool says_next(const struct scan *s)
{
	struct scan ahead = *s;

	return accept_word(&ahead, "len") || accept_word(&ahead, "says");
}

static bool sack(struct option_scan *o)
{
	uint8_t at = o->t->len;

	if (!put_head(o, OPT_SACK, 0))
		return false;
	do {
		if (!put_value(o, 4) || !scan_expect(o->s, ':') || !put_value(o, 4))
			return false;
		scan_blanks(o->s);
	} while (*o->s->at && !strchr(",>", *o->s->at) && !says_next(o->s));
	o->t->bytes[at + 1] = (uint8_t)(o->t->len - at);
	return true;
}

static bool timestamps(struct option_scan *o)
{
	return put_head(o, OPT_TIMESTAMPS, 10) && scan_keyword(o->s, "val") && put_value(o, 4) &&
	       scan_keyword(o->s, "ecr") && put_value(o, 4);
}

static bool nop(struct option_scan *o)
{
	return put_bytes(o, (uint8_t[]){OPT_NOP}, 1);
}

static bool eol(struct option_scan *o)
{
	return put_bytes(o, (uint8_t[]){OPT_EOL}, 1);
}

static bool fast_open(struct option_scan *o)
{
	uint8_t at = o->t->len;

	if (!put_head(o, OPT_FAST_OPEN, 0) || !put_hex(o))
		return false;
	o->t->bytes[at + 1] = (uint8_t)(o->t->len - at);
	return true;
}

static bool kind(struct option_scan *o)
{
	uint8_t at = o->t->len;
	uint32_t number;

	scan_blanks(o->s);
	if (!scan_number(o->s, UINT8_MAX, &number) || !put_head(o, (uint8_t)number, 0) ||
	    !put_hex(o))
		return false;
	o->t->bytes[at + 1] = (uint8_t)(o->t->len - at);
	return true;
}

static bool raw(struct option_scan *o)
{
	uint8_t before = o->t->len;

	if (!put_hex(o))
		return false;
	return o->t->len > before || scan_fail(o->s, "expected hexadecimal digits");
}

static const struct {
	const char *name;
	bool (*scan)(struct option_scan *o);
	bool has_length;
} options[] = {
	{"mss", mss, true},   {"wscale", wscale, true}, {"sackOK", sack_permitted, true},
	{"sack", sack, true}, {"TS", timestamps, true}, {"nop", nop, false},
	{"eol", eol, false},  {"FO", fast_open, true},  {"kind", kind, true},
	{"raw", raw, false},
};

#define OPTIONS COUNT_OF(options)

static const char *option_name(size_t i, const void *arg)
{
	(void)arg;
	return i < OPTIONS ? options[i].name : NULL;
}

/* Sets the length of the option at `at`, the last of the template, to `size` octets. */
static bool resize(struct option_scan *o, uint8_t at, uint8_t size)
{
	static const uint8_t zeros[SEGMENT_OPT_MAX];
	struct option_template *t = o->t;
	unsigned end = at + size;

	if (end > t->len && !put_bytes(o, zeros, end - t->len))
		return false;
	t->len = (uint8_t)end;
	while (t->holes && t->hole[t->holes - 1].at + t->hole[t->holes - 1].size > t->len)
		t->holes--; /* the hole is cut off; its octets stay 0 */
	t->bytes[at + 1] = size;
	return true;
}

/* Scans `len N` and `says N` after an option that starts at `at`. */
static bool lengths(struct option_scan *o, uint8_t at)
{
	uint32_t number;

	while (says_next(o->s)) {
		bool says = !accept_word(o->s, "len") && accept_word(o->s, "says");
		const char *begin;

		scan_blanks(o->s);
		begin = o->s->at;
		if (!scan_number(o->s, says ? UINT8_MAX : SEGMENT_OPT_MAX, &number))
			return false;
		if (says) {
			o->t->bytes[at + 1] = (uint8_t)number;
		} else if (number < 2) {
			o->s->at = begin;
			return scan_fail(o->s, "expected a len of at least 2: 'says' permits any");
		} else if (!resize(o, at, (uint8_t)number)) {
			return false;
		}
	}
	return true;
}

bool option_scan(struct scan *s, struct option_template *t)
{
	struct option_scan o = {.s = s, .begin = s->at, .t = t};
	uint8_t at = t->len;
	char word[WORD_MAX];

	scan_word(s, word);
	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(options[i].name, word) == 0)
			return options[i].scan(&o) && (!options[i].has_length || lengths(&o, at));
	return scan_unknown(s, o.begin, "an option", word, option_name);
}
