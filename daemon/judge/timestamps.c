/* SPDX-License-Identifier: MIT */
/* timestamps: clauses on timestamps that are missing, not negotiated, or old: RFC 7323. */
#include "judge/clauses.h"
#include "judge/look.h"

/* Returns true if it is in sequence and in the window, and requires an ACK. */
static bool is_wanted(const struct arrow *s)
{
	return is_connected(s) && (s->seg.len || s->seg.flags & TCP_FIN) &&
	       !(s->seg.flags & (TCP_SYN | TCP_RST)) && s->seg.seq == s->before.rcv_nxt &&
	       s->before.window;
}

/* --- missing ---------------------------------------------------------------------------------- */

static const struct arrow *find_unstamped(const struct dialog *d, bool wanted)
{
	const struct arrow *s = NULL;

	while (d->ts && (s = find_out(d, s, is_spoken, NS_NEVER)))
		if (is_connected(s) && !s->options.has_ts && !(s->seg.flags & TCP_SYN) &&
		    (!wanted || is_wanted(s)))
			return s;
	return NULL;
}

static bool is_same_place(const struct arrow *s, const struct arrow *other)
{
	return seq_lt(s->seg.seq, arrow_end(other)) && seq_lt(other->seg.seq, arrow_end(s));
}

/* Returns the first ACK of the whole segment, unless another segment carried some of its octets. */
static const struct arrow *find_taken(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = s;

	while ((a = find_in(d, a, is_spoken, NS_NEVER))) {
		const struct arrow *own = find_out(d, s, is_spoken, a->when);

		while (own && own < a && !is_same_place(own, s))
			own = find_out(d, own, is_spoken, a->when);
		if (own && own < a)
			return NULL;
		if (seq_leq(arrow_end(s), a->seg.ack))
			return a;
	}
	return NULL;
}

static struct finding drops_unstamped(const struct hearing *h)
{
	const struct arrow *s = find_unstamped(h->d, true), *a;

	if (!s)
		return finding_none();
	a = find_taken(h->d, s);
	if (a)
		return finding_fail(s, a,
				    "the client accepts data without the negotiated timestamp");
	a = find_alive(h->d, s);
	if (a)
		return finding_pass(s, a, "data without a timestamp is discarded");
	return finding_inconclusive(REASON_CLOSED, s, "no segment after data without a timestamp");
}

static struct finding bears_unstamped(const struct hearing *h)
{
	const struct arrow *s = find_unstamped(h->d, false), *a;

	if (!s)
		return finding_none();
	a = find_refusal(h->d, s, s->when + ANSWER_MOST);
	if (a && !a->before.fin)
		return finding_fail(s, a, "a segment without a timestamp ends the connection");
	a = find_alive(h->d, s);
	if (a)
		return finding_pass(s, a,
				    "a segment without a timestamp does not end the connection");
	return finding_inconclusive(REASON_CLOSED, s, "no segment after one without a timestamp");
}

/* --- not negotiated --------------------------------------------------------------------------- */

static struct finding ignores_unasked(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *a;

	while ((s = find_out(d, s, is_spoken, NS_NEVER)))
		if (!d->ts && d->open && is_wanted(s) && s->options.has_ts)
			break;
	if (!s)
		return finding_none();
	for (a = s; (a = find_in(d, a, is_spoken, NS_NEVER));)
		if (seq_leq(arrow_end(s), a->seg.ack))
			return finding_pass(s, a, "a timestamp that was not negotiated is ignored");
	a = find_alive(d, s);
	if (!a)
		a = find_in(d, s, is_rst, NS_NEVER);
	if (a)
		return finding_fail(
			s, a, "data with a timestamp that was not negotiated is not accepted");
	return finding_inconclusive(REASON_CLOSED, s,
				    "no segment after data with such a timestamp");
}

/* --- old -------------------------------------------------------------------------------------- */

static struct finding protects_against_wraps(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *a;

	while ((s = find_out(d, s, is_spoken, NS_NEVER)) &&
	       !(is_wanted(s) && has_surely_old_stamp(d, s)))
		;
	if (!s)
		return finding_none();
	a = find_taken(d, s);
	if (a)
		return finding_fail(s, a, "the client accepts data with an old timestamp");
	a = find_in(d, s, is_ack, s->when + ANSWER_MOST);
	while (a && a->seg.ack != a->before.rcv_nxt)
		a = find_in(d, a, is_ack, s->when + ANSWER_MOST);
	if (a)
		return finding_pass(s, a,
				    "data with an old timestamp draws an ACK, and is discarded");
	a = find_alive(d, s);
	if (a && !throttled(d, s))
		return finding_by_absence(
			finding_warn(s, a, "data with an old timestamp draws no ACK"));
	return finding_inconclusive(REASON_CLOSED, s,
				    "no segment after data with an old timestamp");
}

static struct finding exempts_resets(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *a;

	while ((s = find_out(d, s, is_rst, NS_NEVER)))
		if (s->before.synced && !s->before.reset && s->seg.seq == s->before.rcv_nxt &&
		    has_surely_old_stamp(d, s))
			break;
	if (!s)
		return finding_none();
	a = find_alive(d, s);
	if (a)
		return finding_fail(s, a, "a reset with an old timestamp is discarded");
	a = find_dead(d, s);
	if (a)
		return finding_pass(s, a, "a reset with an old timestamp ends the connection");
	return finding_inconclusive(REASON_FILTERED, s,
				    "no segment after a reset with an old timestamp");
}

/* --- the echo --------------------------------------------------------------------------------- */

/*
 * For one ACK of two segments in sequence with different timestamps, the client echoes the first.
 */
static struct finding echoes_the_earlier(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a = NULL, *first = NULL, *s = NULL;

	if (!d->ts || !d->open)
		return finding_none();
	while ((a = find_in(d, a, is_spoken, NS_NEVER))) {
		if (a <= d->open || !a->before.synced || !a->options.has_ts ||
		    a->seg.ack - a->before.rcv_nxt < 2)
			continue;
		first = NULL;
		for (s = d->open; (s = find_out(d, s, is_data, a->when)) && s < a;)
			if (s->seg.seq == a->before.rcv_nxt && is_takeable(d, s) && !is_early(s))
				first = first ? first : s;
		if (!first || seq_leq(a->seg.ack, arrow_end(first)))
			continue;
		for (s = first; (s = find_out(d, s, is_data, a->when)) && s < a;)
			if (arrow_end(s) == a->seg.ack && !is_same_place(first, s) &&
			    s->options.ts_val != first->options.ts_val)
				break;
		if (!s || s >= a)
			continue;
		if (a->options.ts_ecr == s->options.ts_val)
			return finding_fail(first, a,
					    "the client echoes the later of two timestamps");
		if (a->options.ts_ecr == first->options.ts_val)
			return finding_pass(first, a,
					    "the client echoes the earlier of two timestamps");
	}
	return finding_none();
}

const struct requirement judge_timestamps[] = {
	{"R7323-3.2c", 7323, "3.2", LEVEL_SHOULD,
	 "With timestamps negotiated, a segment without one SHOULD be discarded.", "ts-drop",
	 .check = drops_unstamped},
	{"R7323-3.2d", 7323, "3.2", LEVEL_MUST,
	 "A segment without a timestamp MUST NOT end the connection.", "ts-drop",
	 .check = bears_unstamped},
	{"R7323-3.2e", 7323, "3.2", LEVEL_MUST,
	 "The client MUST ignore timestamps that were not negotiated.", "ts-unasked",
	 .check = ignores_unasked},
	{"R7323-4.3", 7323, "4.3", LEVEL_SHOULD,
	 "An ACK of two segments SHOULD echo the timestamp of the earlier one.", "data-pair",
	 .check = echoes_the_earlier},
	{"R7323-5.3a", 7323, "5.3", LEVEL_MUST,
	 "Data with an old timestamp MUST be discarded, and draw an ACK.", "ts-back, ts-old",
	 .check = protects_against_wraps},
	{"R7323-5.3b", 7323, "5.3", LEVEL_MUST, "The client MUST ignore the timestamp of an RST.",
	 "ts-rst", .check = exempts_resets},
	{0},
};
