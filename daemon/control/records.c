/* SPDX-License-Identifier: MIT */
#include "control/records.h"

#include "control/describe.h"
#include "trace/label.h"
#include "wire/icmp.h"
#include "wire/notation.h"
#include "wire/notation_format.h"
#include "wire/packet_decode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void take_base(uint32_t *base, uint32_t value)
{
	if (!*base)
		*base = value;
}

/* Returns the sequence numbers of the connection. For an attempt without a connection, returns the
 * sequence numbers of its first SYNs. */
static struct bases find_bases(const struct trace_copy *c)
{
	const struct trace_record *r = NULL;
	struct bases own = {0}, seen = {0};
	struct segment seg;

	while ((r = trace_copy_next(c, r))) {
		take_base(&own.iss, r->iss);
		take_base(&own.irs, r->irs);
		if (r->kind > TRACE_OUT ||
		    packet_decode(r->bytes, r->cap, false, &seg) != WIRE_OK ||
		    !(seg.flags & TCP_SYN))
			continue;
		take_base(r->kind == TRACE_IN ? &seen.irs : &seen.iss, seg.seq);
	}
	take_base(&own.iss, seen.iss);
	take_base(&own.irs, seen.irs);
	return own;
}

/* Decodes the octets that were recorded, with zeros for the others. */
static enum wire_result decode(const struct trace_record *r, uint8_t packet[static UINT16_MAX],
			       struct segment *seg)
{
	size_t len = r->len < UINT16_MAX ? r->len : UINT16_MAX;
	enum wire_result result;

	memcpy(packet, r->bytes, r->cap);
	memset(packet + r->cap, 0, len - r->cap);
	result = packet_decode(packet, len, false, seg);
	if (result == WIRE_OK && r->cap == r->len && !r->offload &&
	    packet_decode(packet, len, true, seg) == WIRE_TCP_CHECKSUM) {
		packet_decode(packet, len, false, seg);
		seg->lie.checksum = CHECKSUM_BAD;
	}
	return result;
}

static json_t *rules_of(const struct trace_record *r)
{
	struct text names = {0};
	json_t *rules;

	for (unsigned i = 0; i < r->causes.labels; i++)
		text_addf(&names, "%s%s", i ? "+" : "", label_name(r->causes.label[i]));
	rules = names.len ? json_string(text_str(&names)) : json_null();
	text_free(&names);
	return rules;
}

/* Returns the settings that the segment shows, as `NAME: KEY`. */
static json_t *uses_of(const struct trace_record *r)
{
	json_t *uses = json_array();

	for (unsigned i = 0; i < r->causes.uses; i++)
		json_array_append_new(uses, json_string(label_name(r->causes.use[i])));
	return uses;
}

/* Returns a string and frees the text. */
static json_t *json_of(struct text *t)
{
	json_t *s = json_string(text_str(t));

	text_free(t);
	return s;
}

static void add_segment(json_t *o, const struct segment *s, bool in, const struct bases *bases)
{
	uint32_t seq_base = in ? bases->irs : bases->iss, ack_base = in ? bases->iss : bases->irs;
	struct text options = {0}, notation = {0};
	const uint16_t parts =
		(s->tos & TOS_ECN ? PART_ECN : 0) | (s->reserved & ~1 ? PART_RESERVED : 0);
	char flags[FLAGS_TEXT];

	flags_format(segment_flags(s), flags);
	options_format(s->opt, s->opt_len, &options);
	segment_format(s, seq_base, ack_base, parts, &notation);
	json_object_set_new(o, "flags", json_string(flags));
	json_object_set_new(o, "seq", json_integer(s->seq));
	json_object_set_new(o, "ack", json_integer(s->ack));
	json_object_set_new(o, "window", json_integer(s->window));
	json_object_set_new(o, "options", json_of(&options));
	json_object_set_new(o, "length", json_integer(s->len));
	json_object_set_new(o, "notation", json_of(&notation));
	json_object_set_new(o, "seq_relative", json_integer(s->seq - seq_base));
	json_object_set_new(o, "ack_relative",
			    s->flags & TCP_ACK ? json_integer(s->ack - ack_base) : json_null());
}

/* Adds the recorded octets, from the IP header on, and the total length. */
static void add_octets(json_t *o, const struct trace_record *r)
{
	struct text hex = {0};

	text_add_hex(&hex, r->bytes, r->cap);
	json_object_set_new(o, "octets", json_of(&hex));
	json_object_set_new(o, "octets_total", json_integer(r->len));
}

/* Describes a packet that is not a segment, with the reason. */
static void add_unreadable(json_t *o, const struct trace_record *r, enum wire_result result)
{
	add_octets(o, r);
	json_object_set_new(o, "notation",
			    json_sprintf("%u octets: %s", r->len, wire_result_name(result)));
}

/* Uses the notation of segment scripts: `icmp too-big about 101 mtu 1280`. */
static void add_icmp(json_t *o, const struct trace_record *r, const struct bases *bases)
{
	uint32_t base = r->kind == TRACE_IN ? bases->iss : bases->irs;
	struct text notation = {0};
	struct segment about;
	const char *name;
	struct icmp m;
	json_t *what;

	if (!icmp_decode(r->bytes, r->cap, false, &m)) {
		add_unreadable(o, r, WIRE_TRUNCATED);
		return;
	}
	name = icmp_name(addr_is_v4(&m.src), m.type, m.code);
	what = name ? json_string(name) : json_sprintf("type %u code %u", m.type, m.code);
	json_object_set_new(o, "icmp", what);
	text_addf(&notation, "icmp %s", json_string_value(what));
	if (icmp_about(&m, &about)) {
		json_object_set_new(o, "about", json_integer(about.seq));
		json_object_set_new(o, "about_relative", json_integer(about.seq - base));
		text_addf(&notation, " about %" PRIu32, about.seq - base);
	}
	if (name && strcmp(name, "too-big") == 0) {
		json_object_set_new(o, "mtu", json_integer(icmp_mtu(&m)));
		text_addf(&notation, " mtu %" PRIu32, icmp_mtu(&m));
	}
	json_object_set_new(o, "notation", json_of(&notation));
}

json_t *describe_packet(const struct trace_record *r, const struct bases *bases, uint8_t *packet)
{
	bool in = r->kind == TRACE_IN;
	const char *fate = trace_fate_name((enum trace_fate)r->fate);
	json_t *o = json_pack("{s:I, s:f, s:s, s:o, s:o, s:o}", "time", (json_int_t)r->when,
			      "time_s", clock_seconds(r->when), "direction", in ? "in" : "out",
			      "rule", rules_of(r), "use", uses_of(r), "fate",
			      *fate ? json_string(fate) : json_null());
	struct segment seg;
	enum wire_result result = decode(r, packet, &seg);

	if (result == WIRE_OK)
		add_segment(o, &seg, in, bases);
	else if (result == WIRE_ICMP)
		add_icmp(o, r, bases);
	else
		add_unreadable(o, r, result);
	return o;
}

json_t *describe_event(const struct trace_record *r, size_t after)
{
	json_t *o = json_pack("{s:I, s:f, s:I, s:s}", "time", (json_int_t)r->when, "time_s",
			      clock_seconds(r->when), "after", (json_int_t)after, "kind",
			      r->kind == TRACE_STATE ? "state" : "note");

	if (r->kind == TRACE_STATE) {
		json_object_set_new(o, "from", json_string(state_name(r->from)));
		json_object_set_new(o, "to", json_string(state_name(r->state)));
	} else {
		json_object_set_new(o, "text", json_stringn((const char *)r->bytes, r->cap));
		json_object_set_new(o, "rule", rules_of(r));
	}
	return o;
}

/* Returns false if the copy is of an attempt that did not become a connection. The trace of a
 * connection also begins with the record of its attempt. */
static bool is_connection(const struct trace_copy *c)
{
	const struct trace_record *r = NULL;
	bool attempt = !c->id;

	while ((r = trace_copy_next(c, r))) {
		if (r->kind == TRACE_STATE)
			return true;
		attempt |= r->kind == TRACE_ATTEMPT;
	}
	return !attempt;
}

json_t *describe_trace(const struct trace_copy *c, bool octets)
{
	json_t *segments = json_array(), *events = json_array(), *segment;
	uint8_t *packet = xcalloc(1, UINT16_MAX);
	struct bases bases = find_bases(c);
	const struct trace_record *r = NULL;

	while ((r = trace_copy_next(c, r))) {
		if (r->kind == TRACE_ATTEMPT)
			continue;
		if (r->kind != TRACE_IN && r->kind != TRACE_OUT) {
			json_array_append_new(events, describe_event(r, json_array_size(segments)));
			continue;
		}
		segment = describe_packet(r, &bases, packet);
		if (octets)
			add_octets(segment, r);
		json_array_append_new(segments, segment);
	}
	free(packet);
	return json_pack("{s:I, s:b, s:o, s:o, s:I, s:I, s:b, s:o, s:o}", "id", (json_int_t)c->id,
			 "connection", is_connection(c), "client",
			 describe_place(&c->key.client, c->key.client_port), "server",
			 describe_place(&c->key.server, c->key.server_port), "iss",
			 (json_int_t)bases.iss, "irs", (json_int_t)bases.irs, "cut", c->cut,
			 "segments", segments, "events", events);
}
