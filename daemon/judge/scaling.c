/* SPDX-License-Identifier: MIT */
/* scaling: clauses on silly windows and on window scaling. */
#include "judge/clauses.h"
#include "judge/look.h"

#define SILLY       3                /* as many cases are no accident */
#define TIMER_LEAST (90 * NS_PER_MS) /* the timer of RFC 9293 3.8.6.2.1 is 0.1 to 1 s */

/* Returns the right edge of the window in a segment of the client. */
static uint32_t edge_of(const struct dialog *d, const struct arrow *a)
{
	return a->seg.ack + ((uint32_t)a->seg.window << (a->seg.flags & TCP_SYN ? 0 : d->shift));
}

/* --- silly windows ---------------------------------------------------------------------------- */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Returns the time for which the client has withheld data: since the responder's first segment
 * after the client's last data. A timer ends this (RFC 9293 3.8.6.2.1). */
static nstime waited(const struct dialog *d, const struct arrow *a)
{
	const struct arrow *s = a, *before = a;

	while (before > d->arrow && !((--before)->in && is_data(before)))
		;
	s = find_out(d, before, is_spoken, a->when);
	return s && s < a ? a->when - s->when : 0;
}

static struct finding sends_nothing_silly(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *a, *next, *some = NULL, *silly = NULL;
	unsigned small = 0, bad = 0;

	while ((s = find_out(d, s, is_spoken, NS_NEVER))) {
		uint32_t half = s->before.our_window_max / 2, room;
		uint32_t worth = least(full_segment(d), half);

		if (!d->open || s <= d->open || !seq_lt(s->before.our_edge, window_edge(d, s)))
			continue;
		room = window_edge(d, s) - s->before.snd_max;
		if (!room || room >= worth || room > INT32_MAX)
			continue;
		small++;
		some = s;
		next = find_out(d, s, is_spoken, s->when + TIMER_LEAST);
		a = find_in(d, s, is_data, next ? next->when : s->when + TIMER_LEAST);
		/* If PSH is set, the client may have had no more data (RFC 9293 3.8.6.2.1, (2)). */
		if (a && !(a->seg.flags & TCP_PSH) && a->seg.seq == a->before.snd_max &&
		    a->seg.len + a->seg.opt_len < worth && waited(d, a) < TIMER_LEAST &&
		    find_in(d, a, is_data, NS_NEVER)) {
			bad++;
			silly = a;
		}
	}
	if (bad >= SILLY)
		return finding_by_time(finding_fail(
			silly, NULL,
			"the client sends only %u octets into a small window; %u such segments",
			silly->seg.len, bad));
	if (small >= SILLY && d->after.snd_max - d->isn > 1)
		return finding_pass(some, NULL,
				    "the client does not send into a small window at once");
	if (small >= SILLY)
		return finding_inconclusive(REASON_NO_DATA, some, "the client had no data to send");
	return finding_none();
}

static struct finding gives_nothing_silly(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a = NULL, *good = NULL, *silly = NULL;
	uint32_t largest = 0;
	unsigned bad = 0;

	while ((a = find_in(d, a, is_ack, NS_NEVER))) {
		const struct view *v = &a->before;
		uint32_t edge = edge_of(d, a), worth;

		largest = v->window > largest ? v->window : largest;
		worth = least(d->syn && d->syn->options.has_mss ? d->syn->options.mss
								: default_mss(d),
			      largest / 2);
		if (!v->synced || !seq_lt(v->edge, edge) || v->window >= worth)
			continue;
		if (edge - v->edge < worth && a->seg.ack != v->rcv_nxt)
			continue; /* it had to acknowledge data */
		if (edge - v->edge < worth) {
			silly = a;
			bad++;
		} else {
			good = a;
		}
	}
	if (bad >= SILLY)
		return finding_fail(silly, NULL,
				    "the client's window opens by only %u octets; %u such steps",
				    edge_of(d, silly) - silly->before.edge, bad);
	if (good)
		return finding_pass(good, NULL, "the client's window opens in useful steps");
	return finding_none();
}

static struct finding keeps_its_edge(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a = NULL, *some = NULL;

	while ((a = find_in(d, a, is_spoken, NS_NEVER))) {
		uint32_t before = a->before.edge, unit = 1u << d->shift;
		const struct arrow *next = find_in(d, a, is_spoken, NS_NEVER);

		if (!a->before.synced || seq_lt(a->seg.ack, a->before.rcv_nxt))
			continue; /* the first, or an old one */
		/* A single segment may have been reordered: the client's CPUs send concurrently. */
		if (next && seq_leq(edge_of(d, a) + unit, before) &&
		    seq_leq(edge_of(d, next) + unit, before))
			return finding_fail(
				a, next,
				"the right edge of the client's window moves left by %u octets",
				before - edge_of(d, a));
		if (seq_lt(a->before.rcv_nxt, a->seg.ack) && a->seg.ack - d->iss > 2)
			some = a;
	}
	if (some)
		return finding_pass(some, NULL,
				    "the right edge of the client's window never moves left");
	return finding_none();
}

/* --- scaling ---------------------------------------------------------------------------------- */

/* Returns the first data beyond the rightmost edge that the responder has advertised, or NULL. */
static const struct arrow *find_overrun(const struct dialog *d, const struct arrow *until)
{
	const struct arrow *a = NULL;

	while ((a = find_in(d, a, is_data, NS_NEVER)) && (!until || a < until))
		if (a->before.given && a->seg.len > 1 &&
		    seq_lt(a->before.our_edge_max, arrow_end(a)))
			return a;
	return NULL;
}

/* The window of the SYN-ACK is unscaled, whatever the shift is. */
static struct finding scales_no_syn(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *next, *a;
	uint32_t window;

	if (!d->open || !d->scaled || !d->our_shift)
		return finding_none();
	window = d->answer->seg.window;
	next = find_out(d, d->open, is_spoken, NS_NEVER);
	a = find_overrun(d, next);
	if (a)
		return finding_fail(d->answer, a, "%u octets, although the SYN-ACK's window is %u",
				    arrow_end(a) - d->isn - 1, window);
	a = find_in(d, d->answer, is_data, next ? next->when : NS_NEVER);
	if (!a || window > 4 * 1460)
		return finding_inconclusive(REASON_NO_DATA, d->answer,
					    "the SYN-ACK's window of %u was not filled", window);
	return finding_pass(d->answer, a, "at most the SYN-ACK's window of %u octets", window);
}

/* The responder's SYN-ACK had no scale, so the client must not scale its own windows either. */
static struct finding scales_not_alone(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a;
	unsigned first, shift;

	if (!d->open || d->scaled || !d->syn || !d->syn->options.has_wscale ||
	    d->answer->options.has_wscale)
		return finding_none();
	a = find_overrun(d, NULL);
	if (a)
		return finding_fail(d->answer, a,
				    "the client scales the responder's window without negotiation");
	first = d->syn->seg.window;
	shift = d->syn->options.wscale < 14 ? d->syn->options.wscale : 14;
	for (a = d->answer; (a = find_in(d, a, is_spoken, NS_NEVER));)
		if (!(a->seg.flags & TCP_SYN))
			break;
	if (!a || !shift || a->seg.ack != d->iss + 1)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, d->syn,
					    "the client's windows do not show scaling");
	if (a->seg.window <= first >> shift)
		return finding_fail(d->syn, a,
				    "the client scales its own window without negotiation");
	return finding_pass(d->syn, a, "the client's window stays %u", a->seg.window);
}

static struct finding clamps_scale(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a;
	uint32_t most = 0;

	if (!d->open || !d->scaled || d->answer->options.wscale <= 14)
		return finding_none();
	a = find_overrun(d, NULL);
	if (a)
		return finding_fail(d->answer, a, "the client uses a scale of %u",
				    d->answer->options.wscale);
	for (a = NULL; (a = find_in(d, a, is_data, NS_NEVER));)
		if (arrow_end(a) - a->before.una > most)
			most = arrow_end(a) - a->before.una;
	if (most > 8192)
		return finding_pass(d->answer, NULL, "%u octets in flight, as a scale of 14 allows",
				    most);
	return finding_info(d->answer, d->open,
			    "the client opens; %u octets in flight do not show its scale", most);
}

const struct requirement judge_scaling[] = {
	{"SHLD-14", 9293, "3.8.6", LEVEL_SHOULD, "The client SHOULD NOT shrink its window.",
	 "data-push", .check = keeps_its_edge},
	{"MUST-38", 9293, "3.8.6.2.1", LEVEL_MUST,
	 "The client MUST avoid silly window syndrome as a sender.", "win-silly",
	 .check = sends_nothing_silly},
	{"MUST-39", 9293, "3.8.6.2.2", LEVEL_MUST,
	 "The client MUST avoid silly window syndrome as a receiver.", "data-push",
	 .check = gives_nothing_silly},
	{"R7323-2.2b", 7323, "2.2", LEVEL_MUST, "The client MUST NOT scale the window of a SYN.",
	 "ws-synwin", .check = scales_no_syn},
	{"R7323-2.2c", 7323, "2.2", LEVEL_MUST,
	 "The client MUST NOT scale windows unless both sides offered a scale.", "ws-absent",
	 .check = scales_not_alone},
	{"R7323-2.3", 7323, "2.3", LEVEL_MUST,
	 "The client MUST use 14 in place of a larger window scale.", "ws-too-big",
	 .check = clamps_scale},
	{0},
};
