/* SPDX-License-Identifier: MIT */
/* segments: clauses on every segment of the client, under any behaviour. */
#include "judge/clauses.h"
#include "judge/look.h"
#include "wire/packet_decode.h"

#include <stdlib.h>

/* --- checksum --------------------------------------------------------------------------------- */

static struct finding sends_checksum(const struct hearing *h)
{
	const struct arrow *a = NULL, *good = NULL;
	bool any = false;

	while ((a = arrow_next(h->d, a))) {
		if (!a->in || !a->wire || a->decoded != WIRE_OK)
			continue;
		any = true;
		if (a->offload)
			continue;
		if (!a->sound)
			return finding_fail(a, NULL, "the checksum is invalid");
		good = good ? good : a;
	}
	if (!any)
		return finding_none();
	if (!good)
		return finding_inconclusive(
			REASON_OFFLOAD, NULL,
			"all checksums were left to hardware that never computed them");
	return finding_pass(good, NULL, "all checksums are valid");
}

/* --- options of the client -------------------------------------------------------------------- */

static const struct arrow *find_option(const struct arrow *a, uint8_t kind)
{
	struct option_walk w;

	option_walk_begin(&w, a->seg.opt, a->seg.opt_len);
	while (option_walk_next(&w) == OPTION_FOUND)
		if (w.kind == kind)
			return a;
	return NULL;
}

/* Judges an option that is valid in a SYN only. */
static struct finding only_on_syn(const struct hearing *h, uint8_t kind, const char *name)
{
	const struct arrow *a = NULL, *other = NULL, *syn = NULL;

	while ((a = find_in(h->d, a, is_segment, NS_NEVER))) {
		if (!(a->seg.flags & TCP_SYN)) {
			other = a;
			if (find_option(a, kind))
				return finding_fail(a, NULL, "%s in a segment without SYN", name);
		} else if (find_option(a, kind)) {
			syn = a;
		}
	}
	if (!syn)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, h->d->syn,
					    "the client never sends %s", name);
	if (!other)
		return finding_inconclusive(REASON_CLOSED, syn, "the client sent only SYNs");
	return finding_pass(syn, other, "%s in the SYN only", name);
}

static struct finding mss_only_on_syn(const struct hearing *h)
{
	return only_on_syn(h, OPT_MSS, "MSS");
}

static struct finding wscale_only_on_syn(const struct hearing *h)
{
	return only_on_syn(h, OPT_WSCALE, "window scale");
}

static struct finding sack_permitted_only_on_syn(const struct hearing *h)
{
	return only_on_syn(h, OPT_SACK_PERMITTED, "SACK-permitted");
}

static struct finding options_have_lengths(const struct hearing *h)
{
	const struct arrow *a = NULL, *some = NULL;

	while ((a = find_in(h->d, a, is_segment, NS_NEVER))) {
		if (a->options.malformed)
			return finding_fail(a, NULL, "an option with an invalid length");
		if (a->seg.opt_len)
			some = a;
	}
	if (!some)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, h->d->syn,
					    "the client sends no options");
	return finding_pass(some, NULL, "all options are well-formed");
}

/* Returns 1 if an octet after EOL is not zero, 0 if all are zero, and -1 without EOL or without
 * octets after it. */
static int behind_eol(const struct segment *s)
{
	struct option_walk w;
	unsigned at = 0;
	int other = -1;

	option_walk_begin(&w, s->opt, s->opt_len);
	for (; option_walk_next(&w) == OPTION_FOUND; at = w.at) {
		if (w.kind != OPT_EOL)
			continue;
		for (at++; at < s->opt_len; at++)
			other = s->opt[at] ? 1 : other < 0 ? 0 : other;
		break;
	}
	return other;
}

static struct finding zero_padding(const struct hearing *h)
{
	const struct arrow *a = NULL, *some = NULL;

	while ((a = find_in(h->d, a, is_segment, NS_NEVER))) {
		int behind = behind_eol(&a->seg);

		if (behind > 0)
			return finding_fail(a, NULL,
					    "octets other than zero after the end of the options");
		if (!behind)
			some = a;
	}
	if (!some)
		return finding_info(h->d->syn, NULL, "no padding after the end of the options");
	return finding_pass(some, NULL, "zeros after the end of the options");
}

static struct finding sends_mss(const struct hearing *h)
{
	const struct dialog *d = h->d;
	unsigned overhead = d->v4 ? 40 : 60, standard = default_mss(d);

	if (!d->syn)
		return finding_none();
	if (d->syn->options.has_mss)
		return finding_pass(d->syn, NULL, "the SYN advertises an MSS of %u",
				    d->syn->options.mss);
	if (!h->asserted->mtu)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, d->syn,
					    "no MSS in the SYN, and the client's MTU is unknown");
	if (h->asserted->mtu - overhead == standard)
		return finding_pass(d->syn, NULL, "no MSS in the SYN, as the default fits the MTU");
	/* MUST-14 requires the ability to send it; SHLD-5 recommends sending it. */
	return finding_warn(d->syn, NULL, "no MSS in the SYN, with an MTU of %u", h->asserted->mtu);
}

static struct finding mss_fits_mtu(const struct hearing *h)
{
	const struct dialog *d = h->d;
	unsigned most = h->asserted->mtu - (d->v4 ? 40u : 60u);

	if (!d->syn || !d->syn->options.has_mss)
		return finding_none();
	if (!h->asserted->mtu)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, d->syn,
					    "the client's MTU is unknown");
	if (d->syn->options.mss > most)
		return finding_fail(d->syn, NULL,
				    "the SYN advertises an MSS of %u; an MTU of %u has room for %u",
				    d->syn->options.mss, h->asserted->mtu, most);
	return finding_pass(d->syn, NULL, "the SYN advertises an MSS of %u, with an MTU of %u",
			    d->syn->options.mss, h->asserted->mtu);
}

static struct finding offers_ecn(const struct hearing *h)
{
	const struct dialog *d = h->d;
	uint8_t bits = d->syn ? d->syn->seg.flags & (TCP_ECE | TCP_CWR) : 0;
	bool ae = d->syn && d->syn->seg.reserved & 1;

	if (!d->syn)
		return finding_none();
	return finding_info(d->syn, NULL,
			    bits != (TCP_ECE | TCP_CWR) ? "the client does not offer ECN"
			    : ae                        ? "the client offers accurate ECN"
							: "the client offers ECN");
}

/* --- PSH, URG --------------------------------------------------------------------------------- */

/* The FIN shows which data was the last. */
static struct finding pushes_the_last(const struct hearing *h)
{
	const struct arrow *a = NULL, *fin = find_in(h->d, NULL, is_fin, NS_NEVER);
	uint32_t end = fin ? fin->seg.seq + fin->seg.len : 0;

	if (!fin || end == h->d->isn + 1)
		return finding_inconclusive(
			REASON_NO_DATA, fin, "%s",
			fin ? "the client sent no data"
			    : "the client sent no FIN, so its last data is unknown");
	while ((a = find_in(h->d, a, is_data, NS_NEVER))) {
		if (a->seg.seq + a->seg.len != end)
			continue;
		if (a->seg.flags & TCP_PSH)
			return finding_pass(a, fin, "PSH with the last data");
		return finding_fail(a, fin, "no PSH with the last data before the FIN");
	}
	return finding_none();
}

static struct finding uses_urgent(const struct hearing *h)
{
	const struct arrow *a = NULL;

	while ((a = find_in(h->d, a, is_data, NS_NEVER)))
		if (a->seg.flags & TCP_URG)
			return finding_info(a, NULL, "the urgent pointer is %u, with %u octets",
					    a->seg.urgent, a->seg.len);
	return finding_inconclusive(REASON_NOT_NEGOTIATED, NULL, "the client sent no urgent data");
}

/* --- timestamps ------------------------------------------------------------------------------- */

static struct finding no_echo_without_ack(const struct hearing *h)
{
	const struct arrow *a = NULL, *good = NULL;

	while ((a = find_in(h->d, a, is_segment, NS_NEVER))) {
		if (a->seg.flags & TCP_ACK || !a->options.has_ts)
			continue;
		if (a->options.ts_ecr)
			return finding_fail(a, NULL, "TSecr %u without ACK", a->options.ts_ecr);
		good = good ? good : a;
	}
	if (!good)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, h->d->syn,
					    "the client offers no timestamps");
	return finding_pass(good, NULL, "TSecr 0 without ACK");
}

/* After a reset, the client has no record of the connection, and cannot send timestamps. */
static bool is_over(const struct arrow *a)
{
	return a->before.reset || a->before.our_reset;
}

static struct finding stamps_all(const struct hearing *h)
{
	const struct arrow *a = h->d->open, *last = NULL;

	if (!a)
		return finding_none();
	if (!h->d->ts)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, h->d->answer,
					    "timestamps were not negotiated");
	for (; a; a = arrow_next(h->d, a)) {
		if (!a->in || !is_segment(a) || is_over(a) || a->seg.flags & (TCP_RST | TCP_SYN))
			continue;
		if (!a->options.has_ts)
			return finding_fail(h->d->answer, a, "a segment without a timestamp");
		last = a;
	}
	return finding_pass(h->d->answer, last, "a timestamp in each segment");
}

static struct finding stamps_resets(const struct hearing *h)
{
	const struct arrow *a = h->d->open;

	if (!a || !h->d->ts)
		return finding_none();
	while ((a = find_in(h->d, a, is_rst, NS_NEVER))) {
		/* A reset that answers a segment for no connection cannot have a timestamp. */
		if (!(a->seg.flags & TCP_ACK) || is_over(a))
			continue;
		if (!a->options.has_ts)
			return finding_fail(a, NULL, "a reset without a timestamp");
		return finding_pass(a, NULL, "a timestamp in the reset");
	}
	return finding_none();
}

/*
 * Returns true for a retransmission with its original timestamp, which is no sample of the clock.
 */
static bool is_copy(const struct arrow *a, const struct arrow *of)
{
	return of && a->options.ts_val == of->options.ts_val && a->seg.seq == of->seg.seq &&
	       a->seg.len == of->seg.len && a->seg.flags == of->seg.flags;
}

#define UNDERWAY 0.25 /* maximum delay of a busy host's segment, in seconds */

static double seconds_between(const struct arrow *first, const struct arrow *last)
{
	return (double)(last->when - first->when) / 1e9;
}

static double ticks_between(const struct arrow *first, const struct arrow *last)
{
	return (double)(last->options.ts_val - first->options.ts_val);
}

/* The tolerance is one tick at each end, and a difference in delay between the two segments. */
static bool ticks_badly(const struct arrow *first, const struct arrow *last)
{
	double seconds = seconds_between(first, last), ticks = ticks_between(first, last);

	return ticks - 2 > 1000.0 * (seconds + UNDERWAY) * 1.05 ||
	       ticks + 2 < (seconds - UNDERWAY) * 0.95;
}

static const struct arrow *first_stamped(const struct dialog *d, nstime since)
{
	const struct arrow *a = NULL;

	while ((a = find_in(d, a, is_segment, NS_NEVER)))
		if (a->options.has_ts && a->when >= since)
			return a;
	return NULL;
}

/* Judges the clock between the first and the last segment, if the time is long enough. */
static struct finding ticks_well(const struct hearing *h)
{
	const struct arrow *a = NULL, *first = first_stamped(h->d, 0), *middle, *last = first;
	double rate;

	if (!first)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, h->d->syn,
					    "the client sends no timestamps");
	while ((a = find_in(h->d, a, is_segment, NS_NEVER)))
		if (a->options.has_ts && !is_copy(a, last))
			last = a;
	if (last->when - first->when < 2 * NS_PER_S)
		return finding_inconclusive(REASON_TOO_SHORT, last,
					    "the timestamp clock was observed for only %s",
					    span(last->when - first->when));
	rate = ticks_between(first, last) / seconds_between(first, last);
	/* A wrong clock is wrong throughout. A single segment that was delayed by a second is not a
	 * wrong clock. */
	middle = first_stamped(h->d, first->when + (last->when - first->when) / 2);
	if (ticks_badly(first, last) && middle < last &&
	    !(ticks_badly(first, middle) && ticks_badly(middle, last)))
		return finding_inconclusive(
			REASON_TOO_SHORT, last,
			"the timestamp clock ticks %.1f times a second, but not steadily", rate);
	if (ticks_badly(first, last))
		return finding_fail(first, last, "the timestamp clock ticks %.1f times a second",
				    rate);
	return finding_pass(first, last, "the timestamp clock ticks %.1f times a second", rate);
}

/* --- the table -------------------------------------------------------------------------------- */

const struct requirement judge_segments[] = {
	{"MUST-2", 9293, "3.1", LEVEL_MUST, "Every segment MUST have a valid checksum.", "",
	 .check = sends_checksum},
	{"MUST-65", 9293, "3.2", LEVEL_MUST, "The MSS option MUST be sent in SYNs only.", "",
	 .check = mss_only_on_syn},
	{"MUST-68", 9293, "3.1", LEVEL_MUST,
	 "Every option except EOL and NOP MUST have a valid length.", "",
	 .check = options_have_lengths},
	{"MUST-69", 9293, "3.1", LEVEL_MUST, "Padding after the end of the options MUST be zero.",
	 "", .check = zero_padding},
	{"MUST-14", 9293, "3.7.1", LEVEL_MUST,
	 "The client MUST support sending an MSS option; SHLD-5 and MAY-3 state when.", "",
	 .check = sends_mss},
	{"MUST-67", 9293, "3.7.1", LEVEL_MUST, "The MSS MUST fit the MTU of the client's link.", "",
	 .check = mss_fits_mtu},
	{"MUST-61", 9293, "3.9.1.2", LEVEL_MUST,
	 "The client MUST set PSH in the segment with its last queued data.", "",
	 .check = pushes_the_last},
	{"MUST-62", 9293, "3.8.5", LEVEL_MAY,
	 "The urgent pointer MUST point one past the urgent data; reported only.", "",
	 .check = uses_urgent},
	{"SHLD-8", 9293, "3.8.2", LEVEL_MAY, "The client SHOULD offer ECN; reported only.", "",
	 .check = offers_ecn},
	{"R7323-2.2a", 7323, "2.2", LEVEL_MUST,
	 "The window scale option MUST be sent in SYNs only.", "", .check = wscale_only_on_syn},
	{"R7323-3.2a", 7323, "3.2", LEVEL_SHOULD, "TSecr SHOULD be 0 in a segment without ACK.", "",
	 .check = no_echo_without_ack},
	{"R7323-3.2b", 7323, "3.2", LEVEL_MUST,
	 "With timestamps negotiated, every segment except an RST MUST have one.", "",
	 .check = stamps_all},
	{"R7323-3.2f", 7323, "3.2", LEVEL_SHOULD,
	 "With timestamps negotiated, an RST SHOULD have one, too.", "", .check = stamps_resets},
	{"R7323-5.4", 7323, "5.4", LEVEL_SHOULD,
	 "The timestamp clock SHOULD tick 1 to 1000 times a second.", "", .check = ticks_well},
	{"R2018-2", 2018, "2", LEVEL_MUST, "SACK-permitted MUST be sent in SYNs only.", "",
	 .check = sack_permitted_only_on_syn},
	{0},
};
