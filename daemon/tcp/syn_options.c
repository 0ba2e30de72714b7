/* SPDX-License-Identifier: MIT */
#include "tcp/syn_options.h"

#include "base/container.h"
#include "base/text.h"
#include "wire/cursor.h"
#include "wire/notation.h"
#include "wire/notation_options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
	[SYN_OPT_MSS] = "mss",      [SYN_OPT_WSCALE] = "wscale", [SYN_OPT_SACK] = "sackOK",
	[SYN_OPT_TS] = "TS",        [SYN_OPT_NOP] = "nop",       [SYN_OPT_EOL] = "eol",
	[SYN_OPT_FAST_OPEN] = "FO", [SYN_OPT_FILL] = "fill",
};

#define WORDS COUNT_OF(words)

static const uint8_t sizes[] = {
	[SYN_OPT_MSS] = 4,
	[SYN_OPT_WSCALE] = 3,
	[SYN_OPT_SACK] = 2,
	[SYN_OPT_TS] = 10,
	[SYN_OPT_NOP] = 1,
	[SYN_OPT_EOL] = 1,
	[SYN_OPT_FAST_OPEN] = 2 + FAST_OPEN_COOKIE,
	[SYN_OPT_FILL] = 0,
};

/* Parses a number as the notation does: decimal or 0x hex, so `010` is ten in both. */
static bool parse_number(const char *text, size_t len, int64_t max, uint16_t *out)
{
	const char *why;
	struct expr value;

	if (expr_parse(text, &value, &why) != text + len || !expr_is_constant(&value) ||
	    value.constant < 0 || value.constant > max)
		return false;
	*out = (uint16_t)value.constant;
	return true;
}

static bool fail_length(char **error)
{
	*error = xasprintf("expected options of at most %d octets in all", SEGMENT_OPT_MAX);
	return false;
}

static bool fail_option(char **error, const char *text, size_t len)
{
	*error = xasprintf("expected mss [N], wscale [N], sackOK, TS, FO, nop, eol, fill, kind N "
			   "[HEX] or raw HEX, got '%.*s'",
			   (int)len, text);
	return false;
}

/* Parses the text after the word: a number, or nothing. */
static bool parse_argument(struct syn_option *o, const char *text, size_t len)
{
	if (o->kind != SYN_OPT_MSS && o->kind != SYN_OPT_WSCALE)
		return len == 0;
	o->has_value = len != 0;
	return !len || parse_number(text, len, o->kind == SYN_OPT_MSS ? 65535 : 255, &o->value);
}

/* Parses an option that depends on the client's offer or on the endpoint. */
static bool parse_word(struct syn_option *o, const char *text, size_t len)
{
	size_t word = 0, at;

	while (word < len && !isspace((unsigned char)text[word]))
		word++;
	for (at = word; at < len && isspace((unsigned char)text[at]);)
		at++;
	for (size_t i = 0; i < WORDS; i++) {
		if (strlen(words[i]) != word || strncmp(words[i], text, word) != 0)
			continue;
		*o = (struct syn_option){.kind = (uint8_t)i};
		return parse_argument(o, text + at, len - at);
	}
	return false;
}

/* Parses an option that is sent unchanged. */
static bool parse_bytes(struct syn_options *out, struct syn_option *o, const char *text, size_t len)
{
	char *one = xasprintf("%.*s", (int)len, text), *error = NULL;
	struct option_template t;
	bool parsed = options_parse(one, &t, &error) && t.len && !t.holes && !t.edits;

	free(one);
	free(error);
	if (!parsed)
		return false;
	*o = (struct syn_option){.kind = SYN_OPT_RAW, .value = t.len};
	/* If it does not fit, the check of total() rejects it. */
	if (out->raw_len + t.len <= SEGMENT_OPT_MAX) {
		memcpy(out->raw + out->raw_len, t.bytes, t.len);
		out->raw_len = (uint8_t)(out->raw_len + t.len);
	}
	return true;
}

static bool parse_one(struct syn_options *out, const char *text, size_t len)
{
	struct syn_option *o = &out->option[out->count];

	if (!parse_word(o, text, len) && !parse_bytes(out, o, text, len))
		return false;
	out->count++;
	out->kinds |= (uint16_t)(1u << o->kind);
	if (o->has_value)
		out->given |= (uint16_t)(1u << o->kind);
	return true;
}

static unsigned size_of(const struct syn_option *o)
{
	return o->kind == SYN_OPT_RAW ? o->value : sizes[o->kind];
}

static unsigned total(const struct syn_options *o)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < o->count; i++)
		sum += size_of(&o->option[i]);
	return sum;
}

/* Removes white space from both ends. */
static void trim(const char **text, size_t *len)
{
	while (*len && isspace((unsigned char)**text)) {
		++*text;
		--*len;
	}
	while (*len && isspace((unsigned char)(*text)[*len - 1]))
		--*len;
}

static bool parse_list(const char *text, struct syn_options *out, char **error)
{
	if (!text[strspn(text, " \t\n\v\f\r")])
		return true;
	for (;;) {
		size_t to_comma = strcspn(text, ","), len = to_comma;
		const char *one = text;

		trim(&one, &len);
		if (out->count == SYN_OPTIONS_MAX)
			return fail_length(error);
		if (!parse_one(out, one, len))
			return fail_option(error, one, len);
		if (total(out) > SEGMENT_OPT_MAX)
			return fail_length(error);
		if (!text[to_comma])
			return true;
		text += to_comma + 1;
	}
}

/* Returns true if the cookie fits with all other options. */
static bool cookie_fits(const struct syn_options *list, const struct syn_values *v)
{
	return total(list) - FAST_OPEN_COOKIE + v->fast_open_len <= SEGMENT_OPT_MAX;
}

static bool is_sent(const struct syn_option *o, const struct syn_options *list,
		    const struct syn_values *v)
{
	switch (o->kind) {
	case SYN_OPT_WSCALE: return v->send_wscale;
	case SYN_OPT_SACK: return v->send_sack;
	case SYN_OPT_TS: return v->send_ts;
	case SYN_OPT_FAST_OPEN: return v->fast_open && cookie_fits(list, v);
	default: return true;
	}
}

static void write_one(const struct syn_option *o, const struct syn_values *v, const uint8_t *raw,
		      struct segment *out)
{
	uint8_t *p = out->opt + out->opt_len;

	switch (o->kind) {
	case SYN_OPT_MSS:
		p[0] = OPT_MSS;
		p[1] = 4;
		put_u16(p + 2, o->has_value ? o->value : v->mss);
		break;
	case SYN_OPT_WSCALE:
		p[0] = OPT_WSCALE;
		p[1] = 3;
		p[2] = o->has_value ? (uint8_t)o->value : v->wscale;
		break;
	case SYN_OPT_SACK:
		p[0] = OPT_SACK_PERMITTED;
		p[1] = 2;
		break;
	case SYN_OPT_TS:
		p[0] = OPT_TIMESTAMPS;
		p[1] = 10;
		put_u32(p + 2, v->ts_val);
		put_u32(p + 6, v->ts_ecr);
		break;
	case SYN_OPT_FAST_OPEN:
		p[0] = OPT_FAST_OPEN;
		p[1] = (uint8_t)(2 + v->fast_open_len);
		memcpy(p + 2, v->fast_open, v->fast_open_len);
		out->opt_len = (uint8_t)(out->opt_len + p[1]);
		return;
	case SYN_OPT_NOP: p[0] = OPT_NOP; break;
	case SYN_OPT_EOL: p[0] = OPT_EOL; break;
	default: memcpy(p, raw, o->value); break;
	}
	out->opt_len = (uint8_t)(out->opt_len + size_of(o));
}

/* Inserts NOPs at `at`, so that the length is 40 octets. */
static void fill_up(struct segment *out, unsigned at)
{
	unsigned room = SEGMENT_OPT_MAX - out->opt_len;

	memmove(out->opt + at + room, out->opt + at, out->opt_len - at);
	memset(out->opt + at, OPT_NOP, room);
	out->opt_len = SEGMENT_OPT_MAX;
}

/* Writes the list, one option after the other. */
static void write_list(const struct syn_options *o, const struct syn_values *v, struct segment *out)
{
	const uint8_t *raw = o->raw;
	unsigned nops = 0; /* number of NOPs directly before the next option */
	bool pad = true;   /* the last option sent, except NOPs, is neither raw nor eol */
	int fill = -1;     /* position of the `fill`; -1: none */

	out->opt_len = 0;
	for (unsigned i = 0; i < o->count; i++) {
		const struct syn_option *one = &o->option[i];

		if (!is_sent(one, o, v)) {
			out->opt_len = (uint8_t)(out->opt_len - nops);
			nops = 0;
			continue;
		}
		write_one(one, v, raw, out);
		raw += one->kind == SYN_OPT_RAW ? one->value : 0;
		if (one->kind == SYN_OPT_NOP) {
			nops++;
			continue;
		}
		if (one->kind == SYN_OPT_FILL)
			fill = out->opt_len;
		nops = 0;
		pad = one->kind != SYN_OPT_RAW && one->kind != SYN_OPT_EOL;
	}
	if (fill >= 0)
		fill_up(out, (unsigned)fill);
	while ((pad || nops) && out->opt_len % 4)
		out->opt[out->opt_len++] = OPT_NOP;
}

/* Stores the position of a value in the template. Returns false if the list has the option twice.
 */
static bool note_value(struct syn_template *t, enum tcp_option kind, uint8_t at)
{
	uint8_t *place = kind == OPT_MSS          ? &t->mss
			 : kind == OPT_WSCALE     ? &t->wscale
			 : kind == OPT_TIMESTAMPS ? &t->ts
						  : NULL;
	if (!place)
		return true;
	if (*place)
		return false;
	*place = at;
	return true;
}

/* A list with raw octets, eol or fill has no template. */
static void make_template(struct syn_options *o)
{
	const unsigned other = 1u << SYN_OPT_RAW | 1u << SYN_OPT_EOL | 1u << SYN_OPT_FILL;
	const struct syn_values all = {.send_wscale = true, .send_sack = true, .send_ts = true};
	struct syn_template *t = &o->full;
	struct option_walk w;
	struct segment seg = {0};

	if (o->kinds & other)
		return;
	write_list(o, &all, &seg);
	t->len = seg.opt_len;
	memcpy(t->opt, seg.opt, sizeof(t->opt));
	t->valid = true;
	option_walk_begin(&w, t->opt, t->len);
	while (t->valid && option_walk_next(&w) == OPTION_FOUND)
		t->valid = note_value(t, w.kind, (uint8_t)(w.at - w.data_len));
	if (syn_options_given(o, SYN_OPT_MSS))
		t->mss = 0;
	if (syn_options_given(o, SYN_OPT_WSCALE))
		t->wscale = 0;
}

bool syn_options_parse(const char *text, struct syn_options *out, char **error)
{
	*out = (struct syn_options){0};
	if (!parse_list(text, out, error))
		return false;
	make_template(out);
	return true;
}

/* Returns true if the template has the options that are sent. */
static bool is_full(const struct syn_options *o, const struct syn_values *v)
{
	return o->full.valid && !v->fast_open &&
	       (v->send_wscale || !syn_options_has(o, SYN_OPT_WSCALE)) &&
	       (v->send_sack || !syn_options_has(o, SYN_OPT_SACK)) &&
	       (v->send_ts || !syn_options_has(o, SYN_OPT_TS));
}

void syn_options_write(const struct syn_options *o, const struct syn_values *v, struct segment *out)
{
	const struct syn_template *t = &o->full;

	if (!is_full(o, v)) {
		write_list(o, v, out);
		return;
	}
	out->opt_len = t->len;
	memcpy(out->opt, t->opt, sizeof(out->opt));
	if (t->mss)
		put_u16(out->opt + t->mss, v->mss);
	if (t->wscale)
		out->opt[t->wscale] = v->wscale;
	if (t->ts) {
		put_u32(out->opt + t->ts, v->ts_val);
		put_u32(out->opt + t->ts + 4, v->ts_ecr);
	}
}
