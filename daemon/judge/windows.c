/* SPDX-License-Identifier: MIT */
/* windows: clauses on windows of the responder that are zero, shrunk or large. */
#include "judge/clauses.h"
#include "judge/look.h"

#define LARGE_LEAST 32768
#define PROBES      2
#define PROBE_LIMIT (5 * NS_PER_S) /* a first probe is long due by then */
#define PROBE_LATE  (60 * NS_PER_S)
#define PROBE_EARLY (100 * NS_PER_MS) /* half of the smallest RTO in use */
#define GROWTH      1.5

/* --- the window is unsigned ------------------------------------------------------------------- */

/* Returns true for a window probe: at most one octet. (A FIN is no probe: it is retransmitted.) */
static bool is_probe(const struct arrow *a)
{
	return is_segment(a) &&
	       (a->seg.flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) == TCP_ACK &&
	       (a->seg.len == 1 ||
		(!a->seg.len && a->before.synced && a->seg.seq == a->before.snd_max - 1));
}

/* Returns true if the client takes the window for zero: it probes, and either has more data (the
 * last data has PSH, MUST-61) or probes at increasing intervals. Keep-alives and interactive input
 * match neither. `last` has the two previous probes, the latest first. */
static bool believes_closed(const struct arrow *a, const struct arrow *const last[2])
{
	if (a->seg.len)
		return last[0] && last[0]->seg.len &&
		       !((a->seg.flags | last[0]->seg.flags) & TCP_PSH);
	return last[1] && (double)(a->when - last[0]->when) >=
				  GROWTH * (double)(last[0]->when - last[1]->when);
}

static struct finding takes_window_as_unsigned(const struct hearing *h)
{
	const struct arrow *a = NULL, *last[2] = {NULL}, *probe = NULL, *more = NULL;
	unsigned full = 0;

	while ((a = find_in(h->d, a, is_spoken, NS_NEVER))) {
		const struct view *v = &a->before;

		if (h->d->scaled || !v->given || v->our_window < LARGE_LEAST)
			continue;
		if (arrow_end(a) - v->una > INT16_MAX && a->seg.len)
			return finding_pass(NULL, a, "%u octets in flight", arrow_end(a) - v->una);
		if (a->seg.len > 1 && a->seg.seq == v->snd_max && ++full == 2)
			more = a;
		if (!is_probe(a))
			continue;
		if (believes_closed(a, last))
			probe = a;
		last[1] = last[0];
		last[0] = a;
	}
	if (more)
		return finding_pass(NULL, more, "the client sends into a window above 32767");
	if (probe)
		return finding_fail(probe, NULL, "the client only probes a window of %u octets",
				    probe->before.our_window);
	return finding_none();
}

/* --- shrinking -------------------------------------------------------------------------------- */

/* Returns the octets by which the responder's right edge moves left, or 0. */
static uint32_t retraction(const struct dialog *d, const struct arrow *s)
{
	uint32_t edge;

	if (s->in || !is_spoken(s) || !s->before.given || !s->before.synced)
		return 0;
	edge = window_edge(d, s);
	return seq_lt(edge, s->before.our_edge) && seq_leq(s->before.una, s->seg.ack) &&
			       seq_leq(s->seg.ack, s->before.snd_max)
		       ? s->before.our_edge - edge
		       : 0;
}

/* Returns the first segment that shrinks the window by at least `least` and less than `most`, or
 * NULL. */
static const struct arrow *find_shrink(const struct dialog *d, uint32_t least, uint32_t most)
{
	const struct arrow *s = NULL;

	while ((s = find_out(d, s, is_spoken, NS_NEVER))) {
		uint32_t by = retraction(d, s);

		if (by >= least && by < most)
			return s;
	}
	return NULL;
}

/*
 * Returns the first segment after `s` that advertises a right edge beyond that before `s`, or NULL.
 */
static const struct arrow *find_reopen(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = s;
	uint32_t most = s->before.our_edge;

	while ((a = find_out(d, a, is_spoken, NS_NEVER)))
		if (seq_lt(most, window_edge(d, a)))
			return a;
	return NULL;
}

static struct finding bears_shrink(const struct hearing *h, const struct arrow *s)
{
	const struct dialog *d = h->d;
	const struct arrow *reopen, *a;

	if (!s)
		return finding_none();
	reopen = find_reopen(d, s);
	a = find_in(d, s, is_rst, s->when + NS_PER_S);
	if (a && !a->before.fin)
		return finding_fail(s, a, "the client resets when the window shrinks");
	a = find_in(d, s, is_rst, reopen ? reopen->when : NS_NEVER);
	if (a)
		return finding_inconclusive(REASON_APP_TIMEOUT, a,
					    "the client gave up later: SHLD-17");
	if (!reopen)
		return finding_inconclusive(REASON_CLOSED, s, "the window did not open again");
	for (a = reopen; (a = find_in(d, a, is_spoken, NS_NEVER));)
		if (a->seg.len || a->seg.flags & TCP_FIN)
			return finding_pass(
				s, a, "the client continues when a shrunk window opens again");
	a = find_alive(d, reopen);
	if (seq_lt(d->after.una, reopen->before.snd_max) && is_heard_later(h, reopen) &&
	    d->watched - reopen->when > PROBE_LIMIT)
		return finding_by_absence(finding_fail(
			reopen, a, "the client stalls although a shrunk window has opened again"));
	return finding_inconclusive(REASON_NO_DATA, reopen, "the client had no more data to send");
}

static struct finding bears_large_shrink(const struct hearing *h)
{
	return bears_shrink(h, find_shrink(h->d, 1u << h->d->our_shift, UINT32_MAX));
}

static struct finding bears_small_shrink(const struct hearing *h)
{
	return bears_shrink(h,
			    h->d->our_shift ? find_shrink(h->d, 1, 1u << h->d->our_shift) : NULL);
}

static struct finding sends_nothing_beyond(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = find_shrink(d, 1u << d->our_shift, UINT32_MAX), *a = s;

	if (!s)
		return finding_none();
	while ((a = find_in(d, a, is_data, NS_NEVER))) {
		if (a->when - s->when < slack(d, s))
			continue;
		/* A probe is one octet beyond a zero window. */
		if (seq_lt(a->before.our_edge, arrow_end(a)) &&
		    seq_lt(a->before.snd_max, arrow_end(a)) && a->seg.len > 1)
			return finding_fail(s, a, "the client sends new data beyond the edge");
	}
	a = find_reopen(d, s);
	a = a ? find_in(d, a, is_data, NS_NEVER) : NULL;
	if (a)
		return finding_pass(s, a,
				    "the client sends no new data beyond an edge that moved left");
	return finding_inconclusive(REASON_NO_DATA, s, "the client had no more data to send");
}

/* While the window is shrunk, the client retransmits data, and keeps the connection. */
static struct finding resends_within(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = find_shrink(d, 1u << d->our_shift, UINT32_MAX), *reopen, *a;
	nstime until;

	if (!s)
		return finding_none();
	reopen = find_reopen(d, s);
	until = reopen ? reopen->when : NS_NEVER;
	/* Data that crosses the shrink counts, too. */
	a = find_in(d, s, is_data, s->when + slack(d, s));
	if (!seq_lt(s->seg.ack, s->before.snd_max) && !a)
		return finding_inconclusive(REASON_NO_DATA, s,
					    "no data was in flight when the window shrank");
	for (a = s; (a = find_in(d, a, is_data, until));)
		if (seq_lt(a->seg.seq, a->before.snd_max))
			return finding_pass(
				s, a, "the client retransmits data while the window is shrunk");
	a = find_in(d, s, is_rst, until);
	if (a)
		return finding_fail(s, a, "the client gives up while the window is shrunk");
	return finding_inconclusive(REASON_TOO_SHORT, s,
				    "no retransmission before the window opened");
}

/* --- zero windows ----------------------------------------------------------------------------- */

/* A period in which the responder's window is zero, and its probes. */
struct closed {
	const struct arrow *begin, *end; /* of the responder; `end` is NULL if it stays zero */
	unsigned probes;
	const struct arrow *first, *last;
	bool queued; /* the client has data that it may not send */
	bool grows;  /* the intervals between probes increase, up to PROBE_LATE */
	bool uneven; /* an interval did not increase */
	const struct arrow *odd;
};

/* An interval must increase until it reaches PROBE_LATE. */
static void note_interval(struct closed *c, nstime before, nstime now, const struct arrow *probe)
{
	if (before <= 0 || before >= PROBE_LATE)
		return;
	if ((double)now >= GROWTH * (double)before || now >= PROBE_LATE) {
		c->grows = true;
	} else {
		c->uneven = true;
		c->odd = c->odd ? c->odd : probe;
	}
}

static bool find_closed(const struct dialog *d, struct closed *c)
{
	const struct arrow *a = NULL, *s = NULL;
	nstime interval = 0;

	*c = (struct closed){0};
	while (!c->begin && (s = find_out(d, s, is_spoken, NS_NEVER)))
		if (!s->seg.window && d->open && (s > d->open || s == d->answer))
			c->begin = s;
	for (a = c->begin; a && !c->end && (a = find_out(d, a, is_spoken, NS_NEVER));)
		if (a->seg.window)
			c->end = a;
	if (!c->begin)
		return false;
	for (a = c->begin; (a = find_in(d, a, is_spoken, c->end ? c->end->when : NS_NEVER));) {
		bool again = seq_lt(a->seg.seq, a->before.snd_max) && a->seg.len > 1;

		if (a <= d->open || (a->when - c->begin->when < slack(d, c->begin) && !is_probe(a)))
			continue;
		if (!is_probe(a) && !again && !(a->seg.flags & TCP_FIN))
			continue;
		if (c->last)
			note_interval(c, interval, a->when - c->last->when, a);
		interval = c->last ? a->when - c->last->when : 0;
		c->first = c->first ? c->first : a;
		c->last = a;
		c->probes++;
	}
	a = c->end ? find_in(d, c->end, is_data, c->end->when + slack(d, c->end)) : NULL;
	c->queued = a || c->probes;
	return true;
}

static struct finding probes_closed_window(const struct hearing *h)
{
	struct closed c;
	nstime span_of_it;

	if (!find_closed(h->d, &c))
		return finding_none();
	span_of_it = (c.end ? c.end->when : h->d->watched) - c.begin->when;
	if (c.probes >= PROBES)
		return finding_pass(c.first, c.last, "%u probes of a zero window", c.probes);
	if (c.queued && !c.probes && span_of_it > PROBE_LIMIT &&
	    is_heard_later(h, c.end ? c.end : c.begin))
		return finding_by_absence(finding_fail(c.begin, c.end,
						       "no probe of a window that was zero for %s, "
						       "although the client had data to send",
						       span(span_of_it)));
	if (c.probes)
		return finding_pass(c.first, NULL, "one probe of a window that was zero for %s",
				    span(span_of_it));
	return finding_inconclusive(REASON_NO_DATA, c.begin, "the client had no data to send");
}

static struct finding first_probe_in_time(const struct hearing *h)
{
	struct closed c;
	nstime after;

	if (!find_closed(h->d, &c) || !c.first)
		return finding_none();
	/*
	 * The timer starts when the client has data and the window is zero, at the earliest here.
	 */
	after = c.first->when - c.begin->when;
	if (after < PROBE_EARLY)
		return finding_by_time(finding_fail(
			c.begin, c.first, "the first probe is sent after %s", span(after)));
	/* In a handshake, it starts when the connection is open, as the ACK may be delayed. */
	if (c.begin == h->d->answer)
		after = c.first->when - h->d->open->when;
	if (after > PROBE_LATE)
		return finding_by_time(finding_fail(
			c.begin, c.first, "the first probe is sent after %s", span(after)));
	return finding_pass(c.begin, c.first, "the first probe is sent after %s", span(after));
}

static struct finding probes_ever_slower(const struct hearing *h)
{
	struct closed c;

	if (!find_closed(h->d, &c) || !c.first)
		return finding_none();
	if (c.uneven)
		return finding_by_time(finding_fail(
			c.first, c.odd, "the intervals between probes do not increase"));
	if (c.grows && c.probes >= 4)
		return finding_pass(c.first, c.last, "the intervals between %u probes increase",
				    c.probes);
	return finding_inconclusive(REASON_TOO_SHORT, c.last, "%u probes are too few to decide",
				    c.probes);
}

#define PATIENT (30 * NS_PER_S)

static struct finding stays_while_closed(const struct hearing *h)
{
	const struct dialog *d = h->d;
	struct closed c;
	const struct arrow *rst;

	if (!find_closed(d, &c) || c.probes < PROBES)
		return finding_none();
	rst = find_in(d, c.begin, is_rst, c.end ? c.end->when : NS_NEVER);
	if (rst && h->asserted->patience > rst->when - c.begin->when && !rst->before.fin)
		return finding_fail(c.begin, rst,
				    "the client gives up although its probes are answered");
	if (rst)
		return finding_inconclusive(REASON_APP_TIMEOUT, rst,
					    "the client gives up; its program may have closed");
	if (c.last->when - c.begin->when < PATIENT)
		return finding_inconclusive(REASON_TOO_SHORT, c.last, "watched for only %s",
					    span(c.last->when - c.begin->when));
	return finding_pass(c.begin, c.last, "the client continues after %s",
			    span(c.last->when - c.begin->when));
}

const struct requirement judge_windows[] = {
	{"MUST-1", 9293, "3.1", LEVEL_MUST, "The client MUST treat the window as unsigned.",
	 "win-big", .check = takes_window_as_unsigned},
	{"MUST-34", 9293, "3.8.6", LEVEL_MUST,
	 "The client MUST be robust against a window that shrinks.", "win-shrink",
	 .check = bears_large_shrink},
	{"SHLD-15", 9293, "3.8.6", LEVEL_SHOULD,
	 "The client SHOULD NOT send new data beyond the edge of a shrunk window.", "win-shrink",
	 .check = sends_nothing_beyond},
	{"SHLD-16", 9293, "3.8.6", LEVEL_SHOULD,
	 "The client SHOULD retransmit into a shrunk window, and not give up (SHLD-17, MAY-7).",
	 "win-shrink", .check = resends_within},
	{"MUST-36", 9293, "3.8.6.1", LEVEL_MUST, "The client MUST probe a zero window (MUST-35).",
	 "win-zero-hold, win-zero-synack", .check = probes_closed_window},
	{"SHLD-29", 9293, "3.8.6.1", LEVEL_SHOULD,
	 "The first probe SHOULD be sent when the window has been zero for one RTO.",
	 "win-zero-hold, win-zero-synack", .check = first_probe_in_time},
	{"SHLD-30", 9293, "3.8.6.1", LEVEL_SHOULD,
	 "The intervals between probes SHOULD increase exponentially.", "win-zero-hold",
	 .check = probes_ever_slower},
	{"MUST-37", 9293, "3.8.6.1", LEVEL_MUST,
	 "The client MUST keep the connection as long as its probes are answered.", "win-zero-hold",
	 .check = stays_while_closed},
	{"R7323-2.4", 7323, "2.4", LEVEL_MUST,
	 "The client MUST accept a window that shrinks because its scale rounds it.", "win-round",
	 .check = bears_small_shrink},
	{0},
};
