/* SPDX-License-Identifier: MIT */
#include "tcp/syn_options.h"

#include "base/text.h"
#include "wire/cursor.h"
#include "wire/expr.h"

#include <ctype.h>
#include <string.h>

static const char *const words[] = {
	[SYN_OPT_MSS] = "mss",      [SYN_OPT_WSCALE] = "wscale", [SYN_OPT_SACK] = "sackOK",
	[SYN_OPT_TS] = "TS",        [SYN_OPT_NOP] = "nop",       [SYN_OPT_EOL] = "eol",
	[SYN_OPT_FAST_OPEN] = "FO", [SYN_OPT_RAW] = "raw",
};

#define WORDS (sizeof(words) / sizeof(words[0]))

static const uint8_t sizes[] = {
	[SYN_OPT_MSS] = 4,
	[SYN_OPT_WSCALE] = 3,
	[SYN_OPT_SACK] = 2,
	[SYN_OPT_TS] = 10,
	[SYN_OPT_NOP] = 1,
	[SYN_OPT_EOL] = 1,
	[SYN_OPT_FAST_OPEN] = 2 + FAST_OPEN_COOKIE,
};

/* As in the notation: decimal or 0x hex, so that `010` is ten in both. */
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
	*error = xasprintf("expected mss [N], wscale [N], sackOK, TS, FO, nop, eol or raw HEX, "
			   "got `%.*s`",
			   (int)len, text);
	return false;
}

/* What follows the word: a number, hex bytes, or nothing. */
static bool parse_argument(struct syn_options *out, struct syn_option *o, const char *text,
			   size_t len)
{
	uint8_t raw[SEGMENT_OPT_MAX];
	int bytes;

	switch (o->kind) {
	case SYN_OPT_MSS:
	case SYN_OPT_WSCALE:
		o->has_value = len != 0;
		return !len ||
		       parse_number(text, len, o->kind == SYN_OPT_MSS ? 65535 : 255, &o->value);
	case SYN_OPT_RAW:
		bytes = hex_decode(text, len, raw, sizeof(raw));
		if (bytes <= 0)
			return false;
		o->value = (uint16_t)bytes;
		/* What has no room any more, total() refuses. */
		if (out->raw_len + bytes <= SEGMENT_OPT_MAX) {
			memcpy(out->raw + out->raw_len, raw, (size_t)bytes);
			out->raw_len = (uint8_t)(out->raw_len + bytes);
		}
		return true;
	default: return len == 0;
	}
}

static bool parse_one(struct syn_options *out, const char *text, size_t len)
{
	size_t word = 0;
	struct syn_option *o;

	while (word < len && !isspace((unsigned char)text[word]))
		word++;
	o = &out->option[out->count];
	for (size_t i = 0; i < WORDS; i++) {
		size_t at = word;

		if (strlen(words[i]) != word || strncmp(words[i], text, word) != 0)
			continue;
		while (at < len && isspace((unsigned char)text[at]))
			at++;
		*o = (struct syn_option){.kind = (uint8_t)i};
		out->count++;
		return parse_argument(out, o, text + at, len - at);
	}
	return false;
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

/* Take the blanks off both ends. */
static void trim(const char **text, size_t *len)
{
	while (*len && isspace((unsigned char)**text)) {
		++*text;
		--*len;
	}
	while (*len && isspace((unsigned char)(*text)[*len - 1]))
		--*len;
}

bool syn_options_parse(const char *text, struct syn_options *out, char **error)
{
	*out = (struct syn_options){0};
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

bool syn_options_has(const struct syn_options *o, enum syn_option_kind kind)
{
	for (unsigned i = 0; i < o->count; i++)
		if (o->option[i].kind == kind)
			return true;
	return false;
}

static bool is_sent(const struct syn_option *o, const struct syn_values *v)
{
	switch (o->kind) {
	case SYN_OPT_WSCALE: return v->send_wscale;
	case SYN_OPT_SACK: return v->send_sack;
	case SYN_OPT_TS: return v->send_ts;
	case SYN_OPT_FAST_OPEN: return v->fast_open;
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
		p[1] = 2 + FAST_OPEN_COOKIE;
		memcpy(p + 2, v->fast_open, FAST_OPEN_COOKIE);
		break;
	case SYN_OPT_NOP: p[0] = OPT_NOP; break;
	case SYN_OPT_EOL: p[0] = OPT_EOL; break;
	default: memcpy(p, raw, o->value); break;
	}
	out->opt_len = (uint8_t)(out->opt_len + size_of(o));
}

void syn_options_write(const struct syn_options *o, const struct syn_values *v, struct segment *out)
{
	const uint8_t *raw = o->raw;
	unsigned nops = 0; /* directly before what comes next */
	bool pad = true;   /* what was sent last, nops aside, is neither raw nor eol */

	out->opt_len = 0;
	for (unsigned i = 0; i < o->count; i++) {
		const struct syn_option *one = &o->option[i];

		if (!is_sent(one, v)) {
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
		nops = 0;
		pad = one->kind != SYN_OPT_RAW && one->kind != SYN_OPT_EOL;
	}
	while ((pad || nops) && out->opt_len % 4)
		out->opt[out->opt_len++] = OPT_NOP;
}
