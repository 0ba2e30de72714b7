/* SPDX-License-Identifier: MIT */
/* again: clauses on retransmitted data, and on the amount of data in flight: RFC 6298, RFC 5681,
 * RFC 9293 3.8. */
#include "judge/clauses.h"
#include "judge/look.h"

#define BURST      (20 * NS_PER_MS)
#define WINDOW_TEN 14600           /* RFC 6928 */
#define PROBE_SOON (5 * NS_PER_MS) /* after a pause: two RTTs of a nearby network */

/* Returns the first retransmission that no ACK requested, hence after a timeout. */
static const struct arrow *first_again(const struct dialog *d)
{
	const struct arrow *a = NULL;

	while ((a = find_in(d, a, is_data, NS_NEVER)))
		if (seq_lt(a->seg.seq, a->before.snd_max) && a->before.our_window &&
		    a->seg.len > 1 && seq_leq(a->before.una, a->seg.seq))
			return find_too_big(d, NULL, a) ? NULL : a;
	return NULL;
}

static struct finding resends_earliest(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a = first_again(d), *s = NULL;

	/* SACKed data need not be retransmitted: R2018-5b judges that case. */
	while (a && (s = find_out(d, s, is_ack, a->when)))
		if (s->sacks)
			return finding_none();
	/* RFC 8985 7: a tail loss probe sends the last segment, without a timeout. */
	while (a && arrow_end(a) == a->before.snd_max && a->seg.seq != a->before.una)
		a = find_in(d, a, is_data, NS_NEVER);
	if (!a || !seq_lt(a->seg.seq, a->before.snd_max))
		return finding_none();
	if (a->seg.seq != a->before.una)
		return finding_fail(a, NULL,
				    "the client retransmits octet %u; the oldest is octet %u",
				    a->seg.seq - d->isn, a->before.una - d->isn);
	return finding_pass(a, NULL, "the client retransmits the oldest data first");
}

/* Returns the octets in flight before any segment of the responder could permit more. A duplicate
 * ACK or a tail loss probe permits one more segment (RFC 3042, 8985). */
static uint32_t first_flight(const struct dialog *d)
{
	const struct arrow *a = NULL, *first = NULL, *last = NULL;
	uint32_t flight = 0;

	while ((a = find_in(d, a, is_data, NS_NEVER)) && a->before.una == d->isn + 1) {
		const struct arrow *ack;

		first = first ? first : a;
		ack = find_out(d, first, is_ack, a->when);
		if (a->when - first->when > slack(d, first) || find_too_big(d, first, a) ||
		    (d->sack && last && a->when - last->when > PROBE_SOON) || (ack && ack < a))
			break;
		if (seq_lt(a->before.snd_max, arrow_end(a)))
			flight = arrow_end(a) - d->isn - 1;
		last = a;
	}
	return flight;
}

/* Returns true if a duplicate ACK requested the retransmission, so that no timeout caused it. */
static bool is_asked_for(const struct dialog *d, const struct arrow *again)
{
	const struct arrow *first = find_in(d, NULL, is_data, NS_NEVER);
	const struct arrow *ack = find_out(d, first, is_ack, again->when);

	return ack && ack < again;
}

/* Returns the last of several segments that leave together after a timeout, before the responder
 * acknowledges any of them. More segments may follow an ACK. Returns NULL if each is sent alone. */
static const struct arrow *burst_of(const struct dialog *d, const struct arrow *again)
{
	const struct arrow *burst = NULL;
	unsigned together = 0;
	nstime at = 0;

	for (const struct arrow *a = again; a; a = find_in(d, a, is_data, NS_NEVER)) {
		const struct arrow *out = find_out(d, again, is_segment, a->when);

		if (out && out < a && seq_lt(again->before.una, out->seg.ack))
			break;
		together = a->when - at < BURST ? together + 1 : 1;
		at = a->when;
		burst = together > 1 ? a : burst;
	}
	return burst;
}

static struct finding starts_slowly(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *again = first_again(d), *burst;
	uint32_t mss = d->mss ? d->mss : default_mss(d), flight;

	if (!d->open)
		return finding_none();
	flight = first_flight(d);
	burst = again && !is_asked_for(d, again) ? burst_of(d, again) : NULL;
	if (burst)
		return finding_fail(again, burst,
				    "the client sends more than one segment after a timeout");
	if (flight > WINDOW_TEN && flight > 10 * mss)
		return finding_warn(d->open, NULL, "%u octets before the first ACK", flight);
	if (again)
		return finding_pass(again, NULL, "one segment after a timeout");
	if (flight)
		return finding_pass(d->open, NULL, "%u octets before the first ACK", flight);
	return finding_none();
}

/* An ACK of retransmitted data is no sample of the RTT. */
static struct finding samples_nothing_ambiguous(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *again = first_again(d), *first = NULL, *ack, *a, *next = NULL;
	nstime before, after;

	if (!again)
		return finding_none();
	if (d->ts)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, again,
					    "timestamps show which transmission was acknowledged");
	for (a = NULL; (a = find_in(d, a, is_data, NS_NEVER)) && a < again;)
		if (a->seg.seq == again->seg.seq)
			first = a;
	/* The ACK of the retransmitted data, then new data, and its retransmission. */
	for (ack = again; (ack = find_out(d, ack, is_spoken, NS_NEVER));)
		if (seq_lt(again->seg.seq, ack->seg.ack))
			break;
	for (a = ack; a && (a = find_in(d, a, is_data, NS_NEVER)) && !next;)
		if (seq_leq(a->before.snd_max, a->seg.seq) && a->when - ack->when >= 0)
			next = a;
	for (a = next; a && (a = find_in(d, a, is_data, NS_NEVER));)
		if (a->seg.seq == next->seg.seq)
			break;
	if (!first || !a)
		return finding_none();
	before = again->when - first->when;
	after = a->when - next->when;
	if (after < before / 2)
		return finding_by_time(finding_fail(ack, a,
						    "the client's timeout falls from %s to %s",
						    span(before), span(after)));
	return finding_pass(ack, a, "the client's timeout was %s, and is %s", span(before),
			    span(after));
}

const struct requirement judge_again[] = {
	{"MUST-18", 9293, "3.8.1", LEVEL_MUST,
	 "The client MUST NOT measure the RTT of retransmitted data (Karn).", "ack-ambiguous",
	 .check = samples_nothing_ambiguous},
	{"MUST-19", 9293, "3.8.2", LEVEL_MUST,
	 "The client MUST use slow start: ten segments at first, one after a timeout.", "ack-none",
	 .check = starts_slowly},
	{"R6298-5.4", 6298, "5", LEVEL_MUST,
	 "After a timeout, the client MUST retransmit the oldest data first.", "ack-none",
	 .check = resends_earliest},
	{0},
};
