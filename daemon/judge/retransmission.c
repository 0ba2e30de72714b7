/* SPDX-License-Identifier: MIT */
/* retransmission: clauses on the timeouts of retransmissions, and on giving up: RFC 6298, RFC 9293
 * 3.8. */
#include "judge/clauses.h"
#include "judge/look.h"

#define SERIES_MAX 512
#define NEARLY(t)  ((t) - (t) / 20) /* five percent less */
#define DOUBLES    1.75 /* Linux's timers expire up to an eighth late, and not all equally */
#define GRAIN      (20 * NS_PER_MS) /* resolution of timers and of the network */
#define CAP_LEAST  (60 * NS_PER_S)
#define R1_LEAST   3
#define R2_LEAST   (100 * NS_PER_S)
#define R2_SYN     (180 * NS_PER_S)
#define FOR_EVER   (1800 * NS_PER_S)

/* A segment that is retransmitted repeatedly, without a segment of the responder that affects
 * it. */
struct series {
	const struct dialog *d;
	unsigned count;
	const struct arrow *arrow[SERIES_MAX];
	bool syn;
	const struct arrow *begun; /* start of the timer whose expiry sends the second one */
	const struct arrow *reset; /* the client's reset that ends the series, or NULL */
	bool answered;             /* the responder answered: this ends the series, too */
	bool probed;               /* the second one may be a tail loss probe, not a timeout */
};

static nstime gap(const struct series *s, unsigned i)
{
	return elapsed(s->d, i ? s->arrow[i] : s->begun, s->arrow[i + 1]);
}

/* The index of the first gap that ends with a timeout, and the number of such gaps. */
static unsigned first_timeout(const struct series *s)
{
	return s->probed ? 1 : 0;
}

static unsigned timeouts(const struct series *s)
{
	return s->count > first_timeout(s) ? s->count - 1 - first_timeout(s) : 0;
}

/* The segments before and after the first timeout. first_wait() is an upper bound of that timeout,
 * as the timer may have been restarted. */
static const struct arrow *waits(const struct series *s)
{
	return s->arrow[first_timeout(s)];
}

static const struct arrow *comes_again(const struct series *s)
{
	return s->arrow[first_timeout(s) + 1];
}

static nstime first_wait(const struct series *s)
{
	return elapsed(s->d, waits(s), comes_again(s));
}

/* A SYN after a segment of the responder is caused by that segment, not by a timeout. */
static void syn_series(const struct dialog *d, struct series *s)
{
	const struct arrow *a = NULL, *last = NULL;

	*s = (struct series){.d = d, .syn = true};
	while ((a = find_in(d, a, is_syn, NS_NEVER)) && s->count < SERIES_MAX) {
		const struct arrow *out = last;

		while (out && (out = arrow_next(d, out)) && out < a)
			if (!out->in && out->wire)
				break;
		if (last && out && out < a) {
			s->answered = true;
			break;
		}
		s->arrow[s->count++] = last = a;
	}
	s->begun = s->arrow[0];
	if (!s->answered && last) {
		s->reset = find_in(d, last, is_rst, NS_NEVER);
		while ((last = arrow_next(d, last)))
			s->answered |= !last->in && last->wire;
	}
}

static bool takes_numbers(const struct arrow *a)
{
	return is_data(a) || is_fin(a);
}

/* RFC 8985 7.3: a tail loss probe, which may be the FIN, restarts the timer. */
static const struct arrow *timer_begun(const struct dialog *d, const struct series *s)
{
	const struct arrow *a = s->arrow[0], *last = a;

	while (s->count > 1 && (a = find_in(d, a, takes_numbers, NS_NEVER)) && a < s->arrow[1])
		last = a;
	return last;
}

/* RFC 8985 7, which requires SACK: if all data in flight fits into one segment, its retransmission
 * may be a tail loss probe. */
static bool may_be_probed(const struct dialog *d, const struct series *s)
{
	return d->sack && s->count > 1 && arrow_end(s->arrow[0]) == s->arrow[1]->before.snd_max;
}

/* Finds the longest series of retransmissions of the oldest unacknowledged data. */
static void data_series(const struct dialog *d, struct series *best)
{
	const struct arrow *a = NULL;
	struct series s = {.d = d};

	*best = s;
	while ((a = find_in(d, a, is_data, NS_NEVER))) {
		bool same = s.count && a->seg.seq == s.arrow[0]->seg.seq &&
			    a->before.una == s.arrow[0]->before.una &&
			    !find_too_big(d, s.arrow[s.count - 1], a);

		if (!a->before.our_window || a->seg.seq != a->before.una)
			continue;
		if (!same)
			s = (struct series){.d = d};
		if (s.count < SERIES_MAX)
			s.arrow[s.count++] = a;
		if (s.count > best->count)
			*best = s;
	}
	if (best->count) {
		const struct arrow *last = best->arrow[best->count - 1];

		best->begun = timer_begun(d, best);
		best->probed = may_be_probed(d, best);
		best->reset = find_in(d, last, is_rst, NS_NEVER);
		best->answered = seq_lt(last->before.una, d->after.una);
	}
}

/* Returns the least silence after the last segment that shows that the client gave up. */
static nstime silence_of(const struct series *s)
{
	return s->count < 2 ? 4 * NS_PER_S : 3 * gap(s, s->count - 2);
}

/* --- the first timeout ------------------------------------------------------------------------ */

static struct finding first_syn_timeout(const struct hearing *h)
{
	struct series s;

	syn_series(h->d, &s);
	if (s.count < 2)
		return finding_none();
	if (gap(&s, 0) < NEARLY(NS_PER_S))
		return finding_by_time(finding_fail(s.arrow[0], s.arrow[1],
						    "the client retransmits its SYN after %s",
						    span(gap(&s, 0))));
	return finding_pass(s.arrow[0], s.arrow[1], "the client retransmits its SYN after %s",
			    span(gap(&s, 0)));
}

static struct finding data_timeout_floor(const struct hearing *h)
{
	struct series s;
	const struct arrow *last;

	data_series(h->d, &s);
	if (!timeouts(&s))
		return finding_none();
	/* Duplicate ACKs also cause retransmissions: RFC 5681, 5827. */
	for (last = waits(&s); (last = find_out(h->d, last, is_ack, comes_again(&s)->when));)
		if (last < comes_again(&s) && last->seg.ack == s.arrow[0]->seg.seq)
			return finding_none();
	if (first_wait(&s) < NEARLY(NS_PER_S))
		return finding_by_time(finding_fail(waits(&s), comes_again(&s),
						    "the client retransmits its data after %s",
						    span(first_wait(&s))));
	return finding_pass(waits(&s), comes_again(&s), "the client retransmits its data after %s",
			    span(first_wait(&s)));
}

static struct finding data_timeout_after_syn(const struct hearing *h)
{
	const struct dialog *d = h->d;
	struct series syn, s;

	syn_series(d, &syn);
	data_series(d, &s);
	if (syn.count < 2 || !timeouts(&s) || !d->open || s.arrow[0]->seg.seq != d->isn + 1)
		return finding_none();
	if (d->ts)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, d->open,
					    "timestamps measure the RTT");
	if (first_wait(&s) < NEARLY(3 * NS_PER_S))
		return finding_by_time(
			finding_fail(waits(&s), comes_again(&s),
				     "after a lost SYN, the client retransmits its data after %s",
				     span(first_wait(&s))));
	return finding_pass(waits(&s), comes_again(&s),
			    "after a lost SYN, the client retransmits its data after %s",
			    span(first_wait(&s)));
}

/* --- backing off ------------------------------------------------------------------------------ */

/* Returns the first gap from which all gaps are equal after an increase: the maximum timeout.
 * Returns the number of gaps if there is no maximum. */
static unsigned ceiling_of(const struct series *s)
{
	unsigned gaps = s->count - 1, at = gaps - 1;

	while (at > 0 && gap(s, at) < gap(s, at - 1) + gap(s, at - 1) / 10)
		at--;
	return at > 0 && at + 1 < gaps ? at : gaps;
}

static struct finding doubles(const struct series *s)
{
	const char *what = s->syn ? "SYN" : "data";
	nstime due = timeouts(s) ? gap(s, first_timeout(s)) : 0;
	unsigned end;

	if (timeouts(s) < 3)
		return !timeouts(s) ? finding_none()
				    : finding_inconclusive(REASON_TOO_SHORT, s->arrow[0],
							   "%s sent only %u times", what, s->count);
	end = ceiling_of(s); /* R6298-2.5 judges the maximum */
	for (unsigned i = first_timeout(s); i + 1 < end; i++) {
		nstime one = gap(s, i), next = gap(s, i + 1), own = one < due ? one : due;

		due = due < FOR_EVER ? 2 * due
				     : due; /* a late segment does not delay the next one */
		if (next >= CAP_LEAST - NS_PER_S || (double)(next + GRAIN) >= DOUBLES * (double)own)
			continue;
		if (i && next > one && i + 3 == s->count)
			return finding_inconclusive(
				REASON_TOO_SHORT, s->arrow[i + 1],
				"%s retransmitted after %s and %s: possibly the maximum", what,
				span(one), span(next));
		return finding_by_time(finding_fail(s->arrow[i + 1], s->arrow[i + 2],
						    "%s retransmitted after %s, and then after %s",
						    what, span(one), span(next)));
	}
	return finding_pass(s->arrow[0], s->arrow[s->count - 1],
			    "%s sent %u times, with exponential backoff", what, s->count);
}

static struct finding backs_off(const struct hearing *h)
{
	struct series syn, data;

	syn_series(h->d, &syn);
	data_series(h->d, &data);
	return finding_worse(doubles(&syn), doubles(&data));
}

static struct finding caps_late(const struct series *s, const struct hearing *h)
{
	const struct arrow *last;
	unsigned at;

	if (s->count < 4)
		return finding_none();
	last = s->arrow[s->count - 1];
	at = ceiling_of(s);
	if (at + 1 < s->count && gap(s, at) < NEARLY(CAP_LEAST))
		return finding_by_time(finding_fail(
			s->arrow[at], last, "the client's timeouts stay at %s", span(gap(s, at))));
	if (gap(s, s->count - 2) >= NEARLY(CAP_LEAST))
		return finding_pass(s->arrow[0], last, "the client's timeouts reach %s",
				    span(gap(s, s->count - 2)));
	if (s->reset || h->d->watched - last->when > silence_of(s))
		return finding_inconclusive(REASON_APP_TIMEOUT, last,
					    "the attempt ended at timeouts of %s",
					    span(gap(s, s->count - 2)));
	return finding_inconclusive(REASON_TOO_SHORT, last,
				    "the client's timeouts were %s at the end of the trace",
				    span(gap(s, s->count - 2)));
}

static struct finding ceiling(const struct hearing *h)
{
	struct series syn, data;

	syn_series(h->d, &syn);
	data_series(h->d, &data);
	return finding_worse(caps_late(&syn, h), caps_late(&data, h));
}

/* --- giving up -------------------------------------------------------------------------------- */

static struct finding gives_up(const struct hearing *h)
{
	struct series s;
	const struct arrow *last;
	nstime tried;

	data_series(h->d, &s);
	if (s.count < 3 || s.answered)
		return finding_none();
	last = s.arrow[s.count - 1];
	tried = last->when - s.arrow[0]->when;
	if (tried > FOR_EVER && h->d->watched - last->when < silence_of(&s))
		return finding_fail(s.arrow[0], last,
				    "the client retransmits for %s, and continues", span(tried));
	if (s.reset || h->d->watched - last->when > silence_of(&s)) {
		if (h->asserted->patience <= tried)
			return finding_inconclusive(REASON_APP_TIMEOUT, last,
						    "the client ended after %s", span(tried));
		return finding_pass(s.arrow[0], s.reset ? s.reset : last,
				    "the client gives up after %s", span(tried));
	}
	return finding_inconclusive(REASON_TOO_SHORT, last,
				    "the client was still retransmitting after %s", span(tried));
}

static struct finding tries_enough(const struct hearing *h)
{
	struct series s;
	const struct arrow *last;
	nstime tried;

	data_series(h->d, &s);
	if (s.count < 2 || s.answered)
		return finding_none();
	last = s.arrow[s.count - 1];
	/* Without a reset, the client gave up when the next one was due. */
	tried = (s.reset ? s.reset->when : last->when + 2 * gap(&s, s.count - 2)) -
		s.arrow[0]->when;
	if (tried >= R2_LEAST && s.count > R1_LEAST)
		return finding_pass(s.arrow[0], last, "%u retransmissions in %s", s.count - 1,
				    span(tried));
	if (!s.reset && h->d->watched - last->when < silence_of(&s))
		return finding_inconclusive(REASON_TOO_SHORT, last,
					    "%u retransmissions in %s, up to the end of the trace",
					    s.count - 1, span(tried));
	if (h->asserted->patience <= tried)
		return finding_inconclusive(REASON_APP_TIMEOUT, last, "%u retransmissions in %s",
					    s.count - 1, span(tried));
	return finding_fail(s.arrow[0], last, "the client gives up after %u retransmissions in %s",
			    s.count - 1, span(tried));
}

static struct finding tries_to_connect(const struct hearing *h)
{
	struct series s;
	const struct arrow *last;
	nstime tried;

	syn_series(h->d, &s);
	if (s.count < 2 || s.answered || h->d->open)
		return finding_none();
	last = s.arrow[s.count - 1];
	tried = last->when + 2 * gap(&s, s.count - 2) - s.arrow[0]->when;
	if (tried >= R2_SYN)
		return finding_pass(s.arrow[0], last, "%u SYNs in %s", s.count, span(tried));
	if (h->d->watched - last->when < silence_of(&s))
		return finding_inconclusive(REASON_TOO_SHORT, last,
					    "%u SYNs in %s, up to the end of the trace", s.count,
					    span(tried));
	if (h->asserted->patience <= R2_SYN)
		return finding_inconclusive(REASON_APP_TIMEOUT, last, "%u SYNs in %s", s.count,
					    span(tried));
	return finding_fail(s.arrow[0], last, "the client gives up the attempt after %s",
			    span(tried));
}

const struct requirement judge_retransmission[] = {
	{"MUST-20", 9293, "3.8.3", LEVEL_MUST,
	 "The client MUST close a connection when its data is never acknowledged.", "ack-none",
	 .check = gives_up},
	{"SHLD-11", 9293, "3.8.3", LEVEL_SHOULD,
	 "The client SHOULD retransmit at least three times (SHLD-10) and for 100 s.", "ack-none",
	 .check = tries_enough},
	{"MUST-23", 9293, "3.8.3", LEVEL_MUST,
	 "The client MUST retransmit a SYN for at least three minutes (MUST-22).", "synack-never",
	 .check = tries_to_connect},
	{"R6298-2.1", 6298, "2", LEVEL_SHOULD,
	 "The timeout of the first SYN SHOULD be at least one second.",
	 "synack-never, synack-on-nth", .check = first_syn_timeout},
	{"R6298-2.4", 6298, "2", LEVEL_SHOULD,
	 "The retransmission timeout SHOULD be at least one second.", "ack-none",
	 .check = data_timeout_floor},
	{"R6298-2.5", 6298, "2", LEVEL_MUST,
	 "The retransmission timeout MUST NOT be limited to less than 60 s.",
	 "synack-never, ack-none", .check = ceiling},
	{"R6298-5.5", 6298, "5", LEVEL_MUST,
	 "The client MUST double its timeout at each retransmission.", "synack-never, ack-none",
	 .check = backs_off},
	{"R6298-5.7", 6298, "5", LEVEL_MUST,
	 "After a retransmitted SYN, the first timeout of data MUST be three seconds.", "syn-lost",
	 .check = data_timeout_after_syn},
	{0},
};
