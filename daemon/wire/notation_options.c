/* SPDX-License-Identifier: MIT */
#include "wire/cursor.h"
#include "wire/notation_private.h"
#include "wire/options.h"

#include <inttypes.h>

/* One option being scanned: its text's begin, for errors about the whole of it. */
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

static void store(uint8_t *at, uint8_t size, uint32_t value)
{
	uint8_t bytes[4];

	put_u32(bytes, value);
	memcpy(at, bytes + 4 - size, size);
}

/* An expression as `size` octets: now when it is a number, else as a hole. */
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
	store(t->bytes + at, size, (uint32_t)value.constant);
	return true;
}

/* A run of hex digits. It may be empty. */
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
	/* Too long for any options: let put_bytes say so. */
	if (!put_bytes(o, bytes, n < 0 ? SEGMENT_OPT_MAX + 1 : (size_t)n))
		return false;
	o->s->at += digits;
	return true;
}

static bool scan_keyword(struct scan *s, const char *keyword)
{
	const char *begin;
	char word[WORD_MAX];

	scan_blanks(s);
	begin = s->at;
	scan_word(s, word);
	if (strcmp(word, keyword) == 0)
		return true;
	s->at = begin;
	return scan_fail(s, "expected %s", keyword);
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

static bool sack(struct option_scan *o)
{
	uint8_t at = o->t->len;

	if (!put_head(o, OPT_SACK, 0))
		return false;
	do {
		if (!put_value(o, 4) || !scan_expect(o->s, ':') || !put_value(o, 4))
			return false;
		scan_blanks(o->s);
	} while (*o->s->at && !strchr(",>", *o->s->at));
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
} options[] = {
	{"mss", mss},   {"wscale", wscale}, {"sackOK", sack_permitted},
	{"sack", sack}, {"TS", timestamps}, {"nop", nop},
	{"eol", eol},   {"FO", fast_open},  {"raw", raw},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static const char *option_name(size_t i, void *arg)
{
	(void)arg;
	return i < OPTIONS ? options[i].name : NULL;
}

static bool option_scan(struct scan *s, struct option_template *t)
{
	struct option_scan o = {.s = s, .begin = s->at, .t = t};
	char word[WORD_MAX];

	scan_word(s, word);
	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(options[i].name, word) == 0)
			return options[i].scan(&o);
	return scan_unknown(s, o.begin, "an option", word, option_name);
}

bool options_scan(struct scan *s, char end, struct option_template *out)
{
	*out = (struct option_template){0};
	scan_blanks(s);
	if (*s->at == end)
		return true;
	do {
		scan_blanks(s);
		if (!option_scan(s, out))
			return false;
		scan_blanks(s);
	} while (scan_accept(s, ','));
	if (*s->at == end)
		return true;
	return end ? scan_fail(s, "expected , or %c after an option", end)
		   : scan_fail(s, "expected , after an option");
}

bool options_parse(const char *text, struct option_template *out, char **error)
{
	struct scan s = {.text = text, .at = text, .error = error};

	*error = NULL;
	return options_scan(&s, '\0', out);
}

void options_resolve(const struct option_template *t, const struct expr_values *values,
		     struct segment *out)
{
	out->opt_len = t->len;
	memcpy(out->opt, t->bytes, sizeof(out->opt));
	for (uint8_t i = 0; i < t->holes; i++)
		store(out->opt + t->hole[i].at, t->hole[i].size,
		      expr_eval(&t->hole[i].value, values));
}
