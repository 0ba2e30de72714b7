/* SPDX-License-Identifier: MIT */
#include "run.h"

#include "engine/advance.h"
#include "wire/notation_format.h"
#include "wire/notation_resolve.h"
#include "wire/packet_decode.h"

#include <stdlib.h>
#include <string.h>

#define TOLERANCE NS_PER_US

void sent_add(struct run *run, nstime when, const uint8_t *packet, size_t len)
{
	struct sent *s;

	if (run->first + run->count == SENT_MAX)
		return;
	s = &run->sent[run->first + run->count++];
	*s = (struct sent){.when = when, .len = len, .packet = xcalloc(1, len)};
	memcpy(s->packet, packet, len);
}

static struct sent *next_sent(struct run *run)
{
	return run->count ? &run->sent[run->first] : NULL;
}

static void drop_sent(struct run *run)
{
	free(run->sent[run->first].packet);
	run->count--;
	run->first = run->count ? run->first + 1 : 0;
}

static uint16_t checksum_field(const struct segment *s)
{
	const uint8_t *header = s->payload - s->opt_len - 20;

	return (uint16_t)(header[16] << 8 | header[17]);
}

/* Stores the Fast Open cookie, of any length. */
static void note_cookie(struct run *run, const struct segment *s)
{
	struct option_walk w;

	option_walk_begin(&w, s->opt, s->opt_len);
	while (option_walk_next(&w) == OPTION_FOUND)
		if (w.kind == OPT_FAST_OPEN && w.data_len <= FAST_OPEN_COOKIE_MAX)
			memcpy(run->cookie, w.data, w.data_len);
}

/* Decodes the packet and makes its numbers relative. */
static bool read_sent(struct run *run, const struct sent *s, struct segment *out)
{
	struct segment verified;
	struct options o;

	if (packet_decode(s->packet, s->len, false, out) != WIRE_OK)
		return false;
	if (packet_decode(s->packet, s->len, true, &verified) == WIRE_TCP_CHECKSUM)
		out->lie.checksum = checksum_field(out) ? CHECKSUM_BAD : CHECKSUM_ZERO;
	if (out->flags & TCP_SYN && !run->server_isn_known) {
		run->server_isn = out->seq;
		run->server_isn_known = true;
	}
	options_decode(out->opt, out->opt_len, &o);
	if (o.has_ts)
		run->ts_val = o.ts_val;
	note_cookie(run, out);
	run_log(run, s->when, '>', out);
	relative_from_wire(run, out);
	return true;
}

bool sent_nothing(struct run *run, const struct line *l)
{
	struct sent *s = next_sent(run);
	struct segment seg;

	if (!s)
		return true;
	run->now = s->when;
	if (!read_sent(run, s, &seg))
		return run_failed(run, l, "unexpected packet that is not a segment");
	return run_failed(run, l, "unexpected segment");
}

static bool right_checksums(const struct notation *n, const struct sent *s)
{
	struct segment seg;

	return n->parts & (PART_CKSUM | PART_DOFF | PART_IPLEN) ||
	       packet_decode(s->packet, s->len, true, &seg) == WIRE_OK;
}

static bool expect_segment(struct run *run, const struct line *l, const struct sent *s)
{
	struct expr_values values;
	struct text why = {0};
	struct segment seg;
	bool same;

	if (!read_sent(run, s, &seg))
		return run_failed(run, l, "expected a segment");
	if (!addr_equal(&seg.src, &run->server) || !addr_equal(&seg.dst, &run->client) ||
	    seg.sport != run->server_port || seg.dport != run->client_port)
		return run_failed(run, l, "unexpected addresses or ports");
	values = run_values(run);
	same = notation_match(&l->segment, &values, &seg, &why);
	if (!same) {
		struct text actual = {0};

		segment_format(&seg, 0, 0, 0, &actual);
		fprintf(stderr, "expected: %s\nactual:   %s\n%s", l->text, text_str(&actual),
			text_str(&why));
		text_free(&actual);
	}
	text_free(&why);
	if (!same)
		return run_failed(run, l, "the segment differs");
	if (!right_checksums(&l->segment, s))
		return run_failed(run, l, "invalid checksum");
	return true;
}

static bool expect_icmp(struct run *run, const struct line *l, const struct sent *s)
{
	bool v4 = addr_is_v4(&run->client);
	size_t header = v4 ? 20 : 40;
	uint8_t type, code;
	struct icmp m;

	if (!icmp_by_name(l->name, v4, &type, &code))
		return run_failed(run, l, "unknown ICMP error for this family");
	if (s->len < header + 8 || s->packet[v4 ? 9 : 6] != (v4 ? 1 : 58))
		return run_failed(run, l, "expected an ICMP error");
	if (s->packet[header] != type || s->packet[header + 1] != code)
		return run_failed(run, l, "unexpected ICMP error");
	if (!icmp_decode(s->packet, s->len, true, &m) || !addr_equal(&m.src, &run->server) ||
	    !addr_equal(&m.dst, &run->client))
		return run_failed(run, l, "unexpected addresses, or an invalid packet");
	text_addf(&run->log, "  %12.6f > icmp %s\n", (double)s->when / 1e9, l->name);
	return true;
}

static bool expect_wrong(struct run *run, const struct line *l, const struct sent *s)
{
	struct segment seg;
	const char *name = wire_result_name(packet_decode(s->packet, s->len, true, &seg));

	text_addf(&run->log, "  %12.6f > %zu octets: %s\n", (double)s->when / 1e9, s->len, name);
	if (strcmp(name, l->name) == 0)
		return true;
	fprintf(stderr, "expected: %s\nactual:   %s\n", l->name, name);
	return run_failed(run, l, "the decoder returns another result");
}

bool sent_expect(struct run *run, const struct line *l)
{
	struct sent *s;
	nstime off;
	bool ok;

	run->now += l->after;
	responder_advance(&run->responder, run->now);
	s = next_sent(run);
	if (!s)
		return run_failed(run, l, "missing segment");
	off = s->when - run->now;
	if (off > TOLERANCE || off < -TOLERANCE) {
		fprintf(stderr, "expected at %.6f, sent at %.6f\n", (double)run->now / 1e9,
			(double)s->when / 1e9);
		sent_nothing(run, l);
		return false;
	}
	switch (l->kind) {
	case LINE_OUT_ICMP: ok = expect_icmp(run, l, s); break;
	case LINE_OUT_WRONG: ok = expect_wrong(run, l, s); break;
	default: ok = expect_segment(run, l, s);
	}
	drop_sent(run);
	return ok;
}

void sent_forget(struct run *run)
{
	while (run->count) {
		struct segment seg;

		read_sent(run, next_sent(run), &seg);
		drop_sent(run);
	}
}

void sent_free(struct run *run)
{
	while (run->count)
		drop_sent(run);
}
