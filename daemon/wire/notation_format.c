/* SPDX-License-Identifier: MIT */
#include "wire/notation_format.h"

#include "base/container.h"
#include "wire/cursor.h"
#include "wire/options.h"

#include <inttypes.h>
#include <string.h>

void flags_format(uint16_t flags, char out[static FLAGS_TEXT])
{
	static const struct {
		uint16_t flag;
		char letters[3];
	} names[] = {
		{TCP_SYN, "S"}, {TCP_FIN, "F"}, {TCP_RST, "R"}, {TCP_PSH, "P"}, {TCP_URG, "U"},
		{TCP_ECE, "E"}, {TCP_CWR, "W"}, {TCP_AE, "AE"}, {TCP_ACK, "."},
	};
	char *end = out;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (flags & names[i].flag)
			end = stpcpy(end, names[i].letters);
	if (end == out)
		stpcpy(out, "-");
	else
		*end = '\0';
}

static void raw_format(const uint8_t *bytes, size_t n, struct text *out)
{
	text_add(out, "raw ");
	text_add_hex(out, bytes, n);
}

/* Writes an option with a name and a valid length. Returns false for any other. */
static bool known_format(const struct option_walk *w, uint32_t sack_base, struct text *out)
{
	struct cursor c = cursor_of(w->data, w->data_len);
	uint32_t left, right;

	switch ((enum tcp_option)w->kind) {
	case OPT_EOL: text_add(out, "eol"); return true;
	case OPT_NOP: text_add(out, "nop"); return true;
	case OPT_MSS:
		if (w->data_len != 2)
			return false;
		text_addf(out, "mss %u", cursor_u16(&c));
		return true;
	case OPT_WSCALE:
		if (w->data_len != 1)
			return false;
		text_addf(out, "wscale %u", cursor_u8(&c));
		return true;
	case OPT_SACK_PERMITTED:
		if (w->data_len != 0)
			return false;
		text_add(out, "sackOK");
		return true;
	case OPT_SACK:
		if (w->data_len == 0 || w->data_len % 8)
			return false;
		text_add(out, "sack");
		while (c.left) {
			left = cursor_u32(&c) - sack_base;
			right = cursor_u32(&c) - sack_base;
			text_addf(out, " %" PRIu32 ":%" PRIu32, left, right);
		}
		return true;
	case OPT_TIMESTAMPS:
		if (w->data_len != 8)
			return false;
		left = cursor_u32(&c);
		right = cursor_u32(&c);
		text_addf(out, "TS val %" PRIu32 " ecr %" PRIu32, left, right);
		return true;
	case OPT_FAST_OPEN:
		text_add(out, w->data_len ? "FO " : "FO");
		text_add_hex(out, w->data, w->data_len);
		return true;
	case OPT_MPTCP: break; /* no notation for its contents */
	}
	return false;
}

/* Writes the octets after EOL: zeros as `eol`, others as `raw`. */
static void tail_format(const uint8_t *bytes, size_t n, struct text *out)
{
	while (n && bytes[0] == OPT_EOL) {
		text_add(out, ",eol");
		bytes++;
		n--;
	}
	if (n) {
		text_add(out, ",");
		raw_format(bytes, n, out);
	}
}

static void options_format_from(const uint8_t *opt, uint8_t len, uint32_t sack_base,
				struct text *out)
{
	const char *comma = "";
	struct option_walk w;
	enum option_step step;
	uint8_t at = 0;

	option_walk_begin(&w, opt, len);
	while ((step = option_walk_next(&w)) == OPTION_FOUND) {
		text_add(out, comma);
		comma = ",";
		if (!known_format(&w, sack_base, out))
			raw_format(opt + at, w.at - at, out);
		if (w.kind == OPT_EOL)
			tail_format(opt + at + 1, len - at - 1u, out);
		at = w.at;
	}
	if (step == OPTION_MALFORMED) {
		text_add(out, comma);
		raw_format(opt + at, len - at, out);
	}
}

void options_format(const uint8_t *opt, uint8_t len, struct text *out)
{
	options_format_from(opt, len, 0, out);
}

static void payload_format(const uint8_t *bytes, uint32_t len, struct text *out)
{
	static const char meant[] = "\n\r\t\\\"", escapes[] = "nrt\\\"";

	text_add(out, " \"");
	for (uint32_t i = 0; i < len; i++) {
		const char *escape = bytes[i] ? strchr(meant, bytes[i]) : NULL;

		if (escape)
			text_addf(out, "\\%c", escapes[escape - meant]);
		else if (bytes[i] >= ' ' && bytes[i] <= '~')
			text_addn(out, (const char *)&bytes[i], 1);
		else
			text_addf(out, "\\x%02x", bytes[i]);
	}
	text_add(out, "\"");
}

/* Opens the bracket before the first field, or separates the next one by a comma. */
static void field_begin(struct text *out, bool *open)
{
	text_add(out, *open ? ", " : " [");
	*open = true;
}

static void number_format(struct text *out, bool *open, bool wanted, const char *name, uint32_t n)
{
	if (!wanted)
		return;
	field_begin(out, open);
	text_addf(out, "%s %" PRIu32, name, n);
}

static void word_format(struct text *out, bool *open, bool wanted, const char *word)
{
	if (!wanted)
		return;
	field_begin(out, open);
	text_add(out, word);
}

static void checksum_format(struct text *out, bool *open, const struct segment_lie *lie)
{
	word_format(out, open, lie->checksum == CHECKSUM_BAD, "cksum bad");
	word_format(out, open, lie->checksum == CHECKSUM_ZERO, "cksum zero");
	number_format(out, open, lie->checksum == CHECKSUM_FIXED, "cksum", lie->checksum_value);
}

static void fields_format(const struct segment *s, uint16_t parts, struct text *out)
{
	static const char *const ecn[4] = {"", "ect1", "ect0", "ce"};
	const struct segment_lie *lie = &s->lie;
	bool open = false;

	number_format(out, &open, parts & PART_TTL, "ttl", s->ttl);
	number_format(out, &open, parts & PART_TOS, "tos", s->tos);
	word_format(out, &open, (parts & PART_ECN) && (s->tos & 3), ecn[s->tos & 3]);
	word_format(out, &open, parts & PART_DF, s->df ? "df" : "nodf");
	number_format(out, &open, parts & PART_ID, "id", s->ip_id);
	number_format(out, &open, parts & PART_FLOW, "flow", s->flow);
	number_format(out, &open, parts & PART_RESERVED, "reserved", s->reserved);
	checksum_format(out, &open, lie);
	number_format(out, &open, lie->has_doff, "doff", lie->doff);
	number_format(out, &open, lie->has_ip_len, "iplen", lie->ip_len);
	number_format(out, &open, lie->has_ip_cksum, "ipcksum", lie->ip_cksum);
	if (open)
		text_add(out, "]");
}

void segment_format(const struct segment *s, uint32_t seq_base, uint32_t ack_base, uint16_t parts,
		    struct text *out)
{
	uint32_t seq = s->seq - seq_base;
	char flags[FLAGS_TEXT];

	flags_format(segment_flags(s), flags);
	text_addf(out, "%s %" PRIu32 ":%" PRIu32 "(%" PRIu32 ")", flags, seq, seq + s->len, s->len);
	if (s->flags & TCP_ACK)
		text_addf(out, " ack %" PRIu32, s->ack - ack_base);
	else if (s->ack)
		text_addf(out, " ack %" PRIu32, s->ack);
	text_addf(out, " win %u", s->window);
	if ((s->flags & TCP_URG) || s->urgent)
		text_addf(out, " urg %u", s->urgent);
	if (s->opt_len || (parts & PART_OPTIONS)) {
		text_add(out, " <");
		options_format_from(s->opt, s->opt_len, ack_base, out);
		text_add(out, ">");
	}
	fields_format(s, parts, out);
	if (s->len && (parts & PART_PAYLOAD))
		payload_format(s->payload, s->len, out);
}
