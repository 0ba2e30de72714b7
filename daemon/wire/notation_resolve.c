/* SPDX-License-Identifier: MIT */
#include "wire/notation_resolve.h"

#include "wire/notation_format.h"
#include "wire/notation_options.h"

#include <inttypes.h>
#include <string.h>

static void ip_fields_resolve(const struct notation *n, struct segment *out)
{
	const struct segment *f = &n->fields;

	if (n->parts & PART_TTL)
		out->ttl = f->ttl;
	if (n->parts & PART_TOS)
		out->tos = f->tos;
	else if (n->parts & PART_ECN)
		out->tos = (uint8_t)((out->tos & ~TOS_ECN) | f->tos);
	if (n->parts & PART_DF)
		out->df = f->df;
	if (n->parts & PART_ID)
		out->ip_id = f->ip_id;
	if (n->parts & PART_FLOW)
		out->flow = f->flow;
}

static void lies_resolve(const struct notation *n, struct segment_lie *out)
{
	const struct segment_lie *lie = &n->fields.lie;

	if (n->parts & PART_CKSUM) {
		out->checksum = lie->checksum;
		out->checksum_value = lie->checksum_value;
	}
	if (n->parts & PART_DOFF) {
		out->has_doff = true;
		out->doff = lie->doff;
	}
	if (n->parts & PART_IPLEN) {
		out->has_ip_len = true;
		out->ip_len = lie->ip_len;
	}
	if (n->parts & PART_IPCKSUM) {
		out->has_ip_cksum = true;
		out->ip_cksum = lie->ip_cksum;
	}
}

void notation_resolve(const struct notation *n, const struct expr_values *values,
		      struct segment *out)
{
	if (n->parts & PART_RESERVED)
		out->reserved = n->fields.reserved;
	segment_set_flags(out, n->flags | (segment_flags(out) & TCP_AE));
	out->seq = expr_eval(&n->seq, values);
	out->ack = expr_eval(&n->ack, values);
	out->payload = n->payload;
	out->len = n->len;
	if (n->parts & PART_WINDOW)
		out->window = (uint16_t)expr_eval(&n->window, values);
	if (n->parts & PART_URGENT)
		out->urgent = n->fields.urgent;
	if (n->parts & PART_OPTIONS)
		options_resolve(&n->options, values, out);
	ip_fields_resolve(n, out);
	lies_resolve(n, &out->lie);
}

/* A comparison. */
struct match {
	struct text *why;
	bool same;
};

static void match_number(struct match *m, const char *name, uint32_t expected, uint32_t actual)
{
	if (expected == actual)
		return;
	m->same = false;
	if (m->why)
		text_addf(m->why,
			  "%s: expected %" PRIu32 " (0x%" PRIx32 "), got %" PRIu32 " (0x%" PRIx32
			  ")\n",
			  name, expected, expected, actual, actual);
}

static void match_flags(struct match *m, uint16_t expected, uint16_t actual)
{
	char names[2][FLAGS_TEXT];

	if (expected == actual)
		return;
	m->same = false;
	flags_format(expected, names[0]);
	flags_format(actual, names[1]);
	if (m->why)
		text_addf(m->why, "flags: expected %s (0x%02x), got %s (0x%02x)\n", names[0],
			  expected, names[1], actual);
}

/* AE is compared as a flag, or as a reserved bit if the notation has `reserved`. */
static void match_reserved(struct match *m, const struct notation *n,
			   const struct segment *expected, const struct segment *s)
{
	if (n->parts & PART_RESERVED) {
		match_flags(m, expected->flags, s->flags);
		match_number(m, "reserved", expected->reserved, s->reserved);
	} else {
		match_flags(m, n->flags, segment_flags(s));
	}
}

static void options_describe(struct text *out, const struct segment *s)
{
	text_add(out, "<");
	options_format(s->opt, s->opt_len, out);
	text_add(out, "> (");
	text_add_hex(out, s->opt, s->opt_len);
	text_add(out, ")");
}

static void match_options(struct match *m, const struct notation *n,
			  const struct expr_values *values, const struct segment *expected,
			  const struct segment *s)
{
	if (options_match(&n->options, values, s))
		return;
	m->same = false;
	if (!m->why)
		return;
	text_add(m->why, "options: expected ");
	options_describe(m->why, expected);
	text_add(m->why, ", got ");
	options_describe(m->why, s);
	text_add(m->why, "\n");
}

static void match_payload(struct match *m, const struct segment *expected, const struct segment *s)
{
	for (uint32_t i = 0; i < expected->len && i < s->len; i++) {
		if (expected->payload[i] == s->payload[i])
			continue;
		m->same = false;
		if (m->why)
			text_addf(m->why,
				  "payload: expected %u (0x%02x) in octet %" PRIu32
				  ", got %u (0x%02x)\n",
				  expected->payload[i], expected->payload[i], i, s->payload[i],
				  s->payload[i]);
		return;
	}
}

static void match_lies(struct match *m, uint16_t parts, const struct segment_lie *want,
		       const struct segment_lie *have)
{
	if (parts & PART_CKSUM) {
		match_number(m, "cksum lie", want->checksum, have->checksum);
		match_number(m, "cksum", want->checksum_value, have->checksum_value);
	}
	if (parts & PART_DOFF) {
		match_number(m, "doff lie", want->has_doff, have->has_doff);
		match_number(m, "doff", want->doff, have->doff);
	}
	if (parts & PART_IPLEN) {
		match_number(m, "iplen lie", want->has_ip_len, have->has_ip_len);
		match_number(m, "iplen", want->ip_len, have->ip_len);
	}
	if (parts & PART_IPCKSUM) {
		match_number(m, "ipcksum lie", want->has_ip_cksum, have->has_ip_cksum);
		match_number(m, "ipcksum", want->ip_cksum, have->ip_cksum);
	}
}

bool notation_match(const struct notation *n, const struct expr_values *values,
		    const struct segment *s, struct text *why)
{
	struct match m = {.why = why, .same = true};
	struct segment expected = *s;
	bool ack = (n->flags & TCP_ACK) || n->ack.terms || n->ack.constant;

	/* Parts that the notation lacks are copied from *s, and therefore equal. */
	notation_resolve(n, values, &expected);
	match_reserved(&m, n, &expected, s);
	match_number(&m, "seq", expected.seq, s->seq);
	match_number(&m, "len", expected.len, s->len);
	if (ack)
		match_number(&m, "ack", expected.ack, s->ack);
	match_number(&m, "win", expected.window, s->window);
	match_number(&m, "urg", expected.urgent, s->urgent);
	if (n->parts & PART_OPTIONS)
		match_options(&m, n, values, &expected, s);
	if (n->parts & PART_PAYLOAD)
		match_payload(&m, &expected, s);
	match_number(&m, "ttl", expected.ttl, s->ttl);
	match_number(&m, "tos", expected.tos, s->tos);
	match_number(&m, "df", expected.df, s->df);
	match_number(&m, "id", expected.ip_id, s->ip_id);
	match_number(&m, "flow", expected.flow, s->flow);
	match_lies(&m, n->parts, &expected.lie, &s->lie);
	return m.same;
}
