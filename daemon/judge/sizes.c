/* SPDX-License-Identifier: MIT */
/* sizes: clauses on the length of the client's segments. */
#include "judge/clauses.h"
#include "judge/look.h"

#include <string.h>

#define MSS_FLOOR   88 /* smaller values are ignored by hardened stacks */
#define ENOUGH      20000
#define LINUX_FLOOR 552 /* minimum path MTU of Linux; RFC 1191 3 permits one */
#define SHORT_MANY  10
#define SMALL_PART  2 /* a segment shorter than the MSS divided by this is small */

/* Statistics on the lengths of a client's segments. */
struct sizes {
	const struct arrow *largest; /* by number of octets */
	uint32_t octets;             /* octets sent for the first time */
	unsigned segments, small;
	bool offload; /* a segment was split or coalesced outside the client */
};

static void measure(const struct dialog *d, struct sizes *out)
{
	const struct arrow *a = NULL;
	uint32_t mss = full_segment(d), full;

	*out = (struct sizes){0};
	while ((a = find_in(d, a, is_data, NS_NEVER))) {
		/* A missing checksum alone is no evidence; a packet longer than the MTU is. */
		out->offload |= a->offload && a->record->len > 1500;
		if (!out->largest || out->largest->seg.len < a->seg.len)
			out->largest = a;
		if (a->seg.seq != a->before.snd_max)
			continue;
		out->octets += a->seg.len;
		out->segments++;
		/* PSH marks the end of the queued data, and the responder's window may limit a
		 * segment (RFC 9293 3.8.6.2.1: half of the largest window counts as full). */
		full = mss - a->seg.opt_len;
		full = full < a->before.our_window_max / 2 ? full : a->before.our_window_max / 2;
		if (a->seg.len < full / SMALL_PART && !(a->seg.flags & TCP_PSH) &&
		    arrow_end(a) != a->before.our_edge)
			out->small++;
	}
}

static struct finding judge_largest(const struct dialog *d, uint32_t most, const char *of)
{
	struct sizes s;

	measure(d, &s);
	if (!s.largest)
		return finding_inconclusive(REASON_NO_DATA, d->open, "the client sent no data");
	if (s.largest->seg.len > most && s.offload)
		return finding_inconclusive(REASON_OFFLOAD, s.largest,
					    "the capture does not show the segments of the wire");
	if (s.largest->seg.len > most)
		return finding_fail(d->answer, s.largest, "%u octets in a segment; %s allows %u",
				    s.largest->seg.len, of, most);
	if (s.octets <= most)
		return finding_inconclusive(REASON_NO_DATA, s.largest,
					    "the client had %u octets to send", s.octets);
	return finding_pass(d->answer, s.largest, "at most %u octets in a segment",
			    s.largest->seg.len);
}

static struct finding assumes_default(const struct hearing *h)
{
	const struct dialog *d = h->d;

	if (!d->open || d->answer->options.has_mss)
		return finding_none();
	return judge_largest(d, default_mss(d), "the default MSS");
}

/* RFC 6691: the value of the MSS option does not include options; the length of a segment does. */
static struct finding obeys_mss(const struct hearing *h)
{
	const struct dialog *d = h->d;
	struct sizes s;

	if (!d->open || !d->mss || d->mss > 1400)
		return finding_none();
	measure(d, &s);
	if (d->mss < MSS_FLOOR)
		return finding_info(d->answer, s.largest,
				    "with an MSS of %u: %u octets in a segment", d->mss,
				    s.largest ? s.largest->seg.len : 0);
	return judge_largest(d, d->mss - (s.largest ? s.largest->seg.opt_len : 0u), "the MSS");
}

static struct finding leaves_options_out(const struct hearing *h)
{
	const struct dialog *d = h->d;
	unsigned overhead = d->v4 ? 40 : 60, mss;
	struct sizes s;

	if (!d->syn || !d->syn->options.has_mss)
		return finding_none();
	mss = d->syn->options.mss;
	measure(d, &s);
	if (h->asserted->mtu && d->ts && mss == h->asserted->mtu - overhead - 12u)
		return finding_fail(d->syn, NULL,
				    "the MSS of %u is reduced by the length of timestamps", mss);
	if (!h->asserted->mtu || mss != h->asserted->mtu - overhead)
		return finding_none();
	return finding_pass(d->syn, s.largest, "the MSS of %u is not reduced by options", mss);
}

static struct finding sends_full(const struct hearing *h)
{
	struct sizes s;

	measure(h->d, &s);
	if (s.octets < ENOUGH || h->d->mss < MSS_FLOOR || find_too_big(h->d, NULL, NULL))
		return finding_none();
	if (s.offload)
		return finding_inconclusive(REASON_OFFLOAD, s.largest,
					    "the capture does not show the segments of the wire");
	if (s.small > s.segments - s.segments / 4)
		return finding_fail(s.largest, NULL, "%u of %u segments are small", s.small,
				    s.segments);
	return finding_pass(s.largest, NULL, "%u of %u segments are full-sized",
			    s.segments - s.small, s.segments);
}

/* The Nagle algorithm permits only one small segment in flight. */
static struct finding holds_small_back(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a = NULL;
	uint32_t mss = d->mss ? d->mss : default_mss(d), small_end = 0;
	bool small_flies = false;
	unsigned small = 0;

	while ((a = find_in(d, a, is_data, NS_NEVER))) {
		bool is_small = a->seg.len < (mss - a->seg.opt_len) / SMALL_PART;

		if (a->seg.seq != a->before.snd_max || a->seg.flags & TCP_FIN)
			continue;
		if (small_flies && seq_leq(small_end, a->before.una))
			small_flies = false;
		if (is_small && small_flies)
			return finding_info(
				a, NULL,
				"several small segments in flight; the program may request this");
		if (is_small) {
			small++;
			small_flies = true;
			small_end = arrow_end(a);
		}
	}
	if (small < 2)
		return finding_none();
	return finding_info(NULL, NULL, "at most one small segment in flight");
}

/* The client's data packets after it received a too-big error. */
struct cut {
	unsigned packets; /* number of packets without PSH, which are followed by more data */
	const struct arrow *largest;
};

/* The client has received the error when it retransmits data in a short enough packet. Packets that
 * were in flight do not count. */
static struct cut cut_after(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = s;
	struct cut cut = {0};
	bool heard = false;

	while ((a = find_in(d, a, is_data, NS_NEVER))) {
		heard |= a->when - s->when > slack(d, s) ||
			 (seq_lt(a->seg.seq, a->before.snd_max) && a->record->len <= told_mtu(s));
		if (!heard)
			continue;
		cut.packets += !(a->seg.flags & TCP_PSH);
		if (!cut.largest || cut.largest->record->len < a->record->len)
			cut.largest = a;
	}
	return cut;
}

/* Returns the difference between the MTU and the client's longest packet before the error: some
 * clients reserve room for options. */
static uint32_t spared_before(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = NULL;
	uint32_t largest = 0;

	while ((a = find_in(d, a, is_data, s->when)) && a < s)
		if (a->record->len > largest)
			largest = a->record->len;
	return largest < LINK_MTU ? LINK_MTU - largest : 0;
}

/* A packet that is too big is split again. An MTU that no router may report has no effect. */
static struct finding follows_path_mtu(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL;
	uint32_t floor = d->v4 ? 68 : 1280, mtu, len;
	struct cut cut;

	while ((s = find_too_big(d, s, NULL)) && (!s->before.synced || !told_mtu(s)))
		;
	if (!s)
		return finding_none();
	cut = cut_after(d, s);
	if (!cut.largest)
		return finding_inconclusive(REASON_NO_DATA, s, "the client sent no more data");
	mtu = told_mtu(s);
	len = cut.largest->record->len;
	if (mtu <= floor && len + spared_before(d, s) < floor && cut.packets >= SHORT_MANY)
		return finding_fail(s, cut.largest,
				    "packets of at most %u octets, less than any MTU", len);
	if (mtu > LINK_MTU && len > LINK_MTU && !cut.largest->offload)
		return finding_fail(s, cut.largest, "packets grow after an ICMP message");
	if (d->v4 && !cut.largest->seg.df && len > mtu)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, cut.largest,
					    "packets may be fragmented: DF is not set");
	if (mtu >= LINUX_FLOOR && mtu < LINK_MTU && len > mtu && !cut.largest->offload)
		return finding_warn(s, cut.largest,
				    "packets of %u octets, although the path MTU is %u", len, mtu);
	return finding_pass(s, cut.largest, "packets of at most %u octets after an MTU of %u", len,
			    mtu);
}

const struct requirement judge_sizes[] = {
	{"MUST-15", 9293, "3.7.1", LEVEL_MUST,
	 "Without an MSS option, a segment MUST have at most 536 octets (IPv6: 1220).",
	 "mss-absent, opt-none", .check = assumes_default},
	{"MUST-16", 9293, "3.7.1", LEVEL_MUST,
	 "The data of a segment MUST NOT exceed the MSS minus the length of its options.",
	 "mss-value", .check = obeys_mss},
	{"R6691-1", 6691, "2", LEVEL_SHOULD,
	 "The MSS SHOULD NOT be reduced by the length of options.", "",
	 .check = leaves_options_out},
	{"SHLD-27", 9293, "3.9.1.2", LEVEL_SHOULD,
	 "With enough data, segments SHOULD be full-sized (SHLD-28).", "send", .check = sends_full},
	{"SHLD-7", 9293, "3.7.4", LEVEL_MAY,
	 "The client SHOULD use the Nagle algorithm; reported only.", "small-writes",
	 .check = holds_small_back},
	{"R8201-4", 8201, "4", LEVEL_MUST,
	 "An ICMP error MUST reduce the path MTU, but not below the minimum, and MUST NOT raise "
	 "it.",
	 "icmp-toobig, icmp-toobig-tiny", .check = follows_path_mtu},
	{0},
};
