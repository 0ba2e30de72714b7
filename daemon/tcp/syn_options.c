/* SPDX-License-Identifier: MIT */
#include "tcp/syn_options.h"

#include "base/text.h"
#include "wire/cursor.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
	[SYN_OPT_MSS] = "mss", [SYN_OPT_WSCALE] = "wscale", [SYN_OPT_SACK] = "sackOK",
	[SYN_OPT_TS] = "TS",   [SYN_OPT_NOP] = "nop",       [SYN_OPT_EOL] = "eol",
	[SYN_OPT_RAW] = "raw",
};

#define WORDS (sizeof(words) / sizeof(words[0]))

static const uint8_t sizes[] = {
	[SYN_OPT_MSS] = 4, [SYN_OPT_WSCALE] = 3, [SYN_OPT_SACK] = 2,
	[SYN_OPT_TS] = 10, [SYN_OPT_NOP] = 1,    [SYN_OPT_EOL] = 1,
};

static bool parse_number(const char *text, size_t len, unsigned long max, uint16_t *out)
{
	char *end;
	unsigned long value;

	if (!len || !isdigit((unsigned char)*text))
		return false;
	value = strtoul(text, &end, 0);
	if (end != text + len || value > max)
		return false;
	*out = (uint16_t)value;
	return true;
}

/* What follows the word: a number, hex bytes, or nothing. */
static bool parse_argument(struct syn_options *out, struct syn_option *o, const char *text,
			   size_t len)
{
	int bytes;

	switch (o->kind) {
	case SYN_OPT_MSS:
	case SYN_OPT_WSCALE:
		o->has_value = len != 0;
		return !len ||
		       parse_number(text, len, o->kind == SYN_OPT_MSS ? 65535 : 255, &o->value);
	case SYN_OPT_RAW:
		bytes = hex_decode(text, len, out->raw + out->raw_len,
				   SEGMENT_OPT_MAX - out->raw_len);
		if (bytes <= 0)
			return false;
		o->value = (uint16_t)bytes;
		out->raw_len = (uint8_t)(out->raw_len + bytes);
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
	if (out->count == SYN_OPTIONS_MAX)
		return false;
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

static unsigned total(const struct syn_options *o)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < o->count; i++)
		sum += o->option[i].kind == SYN_OPT_RAW ? o->option[i].value
							: sizes[o->option[i].kind];
	return sum;
}

bool syn_options_parse(const char *text, struct syn_options *out, char **error)
{
	*out = (struct syn_options){0};
	while (*text) {
		size_t len = strcspn(text, ","), from = 0, to = len;

		while (from < to && isspace((unsigned char)text[from]))
			from++;
		while (to > from && isspace((unsigned char)text[to - 1]))
			to--;
		if (from == to && !text[len] && !out->count)
			break; /* only blanks: no options */
		if (!parse_one(out, text + from, to - from)) {
			*error = xasprintf("expected mss [N], wscale [N], sackOK, TS, nop, eol or "
					   "raw HEX, got `%.*s`",
					   (int)(to - from), text + from);
			return false;
		}
		text += len + (text[len] == ',');
	}
	if (total(out) > SEGMENT_OPT_MAX) {
		*error = xasprintf("options have room for 40 octets, these are %u", total(out));
		return false;
	}
	return true;
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
	case SYN_OPT_NOP: p[0] = OPT_NOP; break;
	case SYN_OPT_EOL: p[0] = OPT_EOL; break;
	default: memcpy(p, raw, o->value); break;
	}
	out->opt_len =
		(uint8_t)(out->opt_len + (o->kind == SYN_OPT_RAW ? o->value : sizes[o->kind]));
}

void syn_options_write(const struct syn_options *o, const struct syn_values *v, struct segment *out)
{
	const uint8_t *raw = o->raw;
	unsigned nops = 0; /* directly before what comes next */
	bool pad = true;

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
		nops = one->kind == SYN_OPT_NOP ? nops + 1 : 0;
		pad = one->kind != SYN_OPT_RAW && one->kind != SYN_OPT_EOL;
	}
	while (pad && out->opt_len % 4)
		out->opt[out->opt_len++] = OPT_NOP;
}
