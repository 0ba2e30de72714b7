/* SPDX-License-Identifier: MIT */
/* acks: clauses on acknowledgments, and on SACK as the receiver and as the sender. */
#include "judge/clauses.h"
#include "judge/look.h"

#define DELAY_MOST (500 * NS_PER_MS)
/* Shorter than any delayed-ACK timer, longer than a busy host needs to process a segment. */
#define MOMENT (30 * NS_PER_MS)
/* Data that is not retransmitted within this time never will be. */
#define RESENDS (10 * NS_PER_S)

static bool is_live(const struct arrow *s)
{
	return is_connected(s) && !s->before.fin;
}

/* Returns true if it is the responder's data, after a gap and in the client's window. */
static bool is_beyond(const struct arrow *s)
{
	return is_data(s) && s->before.synced && is_early(s) &&
	       arrow_end(s) - s->before.rcv_nxt <= s->before.window;
}

/* --- delay and frequency ---------------------------------------------------------------------- */

/* Returns true if data before `s` was retransmitted between it and its ACK `a`: the client had a
 * gap. */
static bool waits_for_others(const struct dialog *d, const struct arrow *s, const struct arrow *a)
{
	const struct arrow *before = s;

	while ((before = find_out(d, before, is_data, a->when)) && before < a)
		if (seq_lt(before->seg.seq, s->seg.seq))
			return true;
	return false;
}

/* Finds the longest delay of an ACK of data in sequence. */
static struct finding delays_briefly(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *a, *worst = NULL, *its_ack = NULL;
	nstime most = -1;

	while ((s = find_out(d, s, is_data, NS_NEVER))) {
		if (!is_live(s) || s->seg.seq != s->before.our_max || has_unknown_option(s) ||
		    !is_takeable(d, s) || arrow_end(s) - s->before.rcv_nxt > s->before.window)
			continue;
		for (a = s; (a = find_in(d, a, is_spoken, NS_NEVER));)
			if (seq_leq(arrow_end(s), a->seg.ack))
				break;
		if (!a || a->when - s->when <= most || waits_for_others(d, s, a))
			continue;
		most = a->when - s->when;
		worst = s;
		its_ack = a;
	}
	if (!worst)
		return finding_none();
	if (most >= DELAY_MOST)
		return finding_by_time(finding_fail(
			worst, its_ack, "the ACK of data in order is delayed by %s", span(most)));
	return finding_pass(worst, its_ack, "the ACK of data in order is delayed by at most %s",
			    span(most));
}

/*
 * Returns the time from the transmission of the responder's data up to `end` to the arrival of `a`.
 */
static nstime waited(const struct dialog *d, const struct arrow *a, uint32_t end)
{
	const struct arrow *s = NULL;

	while ((s = find_out(d, s, is_data, a->when)) && s < a)
		if (seq_leq(end, arrow_end(s)))
			return a->when - s->when - arrow_late(s);
	return 0;
}

/* Finds the most octets that one ACK acknowledges. Three cases are exempt: data that arrived in one
 * moment, which a host may coalesce (Linux does); a program that does not read; and data after a
 * gap. */
static struct finding acknowledges_often(const struct hearing *h)
{
	const struct dialog *d = h->d;
	uint32_t mss = d->syn && d->syn->options.has_mss ? d->syn->options.mss : default_mss(d),
		 most = 0;
	const struct arrow *a = d->open, *worst = NULL;

	if (!a || find_out(d, NULL, is_beyond, NS_NEVER))
		return finding_none();
	while ((a = find_in(d, a, is_ack, NS_NEVER))) {
		uint32_t more = a->seg.ack - a->before.rcv_nxt;
		uint32_t edge = a->seg.ack + ((uint32_t)a->seg.window << d->shift);

		if (!a->before.synced || !seq_lt(a->before.rcv_nxt, a->seg.ack) || more <= most ||
		    more > edge - a->before.edge)
			continue;
		if (more > 3 * mss && waited(d, a, a->before.rcv_nxt + 3 * mss) < MOMENT)
			continue;
		most = more;
		worst = a;
	}
	if (most <= mss)
		return finding_none();
	if (most > 3 * mss)
		return finding_by_time(finding_fail(
			worst, NULL, "one ACK for %u octets, more than two segments", most));
	return finding_pass(worst, NULL, "one ACK for at most %u octets", most);
}

/* --- SACK, as the receiver -------------------------------------------------------------------- */

static struct finding selects_only_if_permitted(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a = d->open, *gap;

	if (!a || d->sack)
		return finding_none();
	while ((a = find_in(d, a, is_spoken, NS_NEVER)))
		if (a->sacks)
			return finding_fail(d->answer, a,
					    "SACK blocks, although SACK was not permitted");
	gap = find_out(d, NULL, is_beyond, NS_NEVER);
	if (!gap || !find_in(d, gap, is_ack, NS_NEVER))
		return finding_none();
	return finding_pass(gap, find_in(d, gap, is_ack, NS_NEVER),
			    "no SACK blocks for data after a gap");
}

/* Finds the last segment that was sent after a gap and before its fill, and the last ACK at the
 * gap. */
static bool find_report(const struct dialog *d, const struct arrow **last,
			const struct arrow **report, unsigned *ranges)
{
	const struct arrow *s = NULL;
	uint32_t to = 0;

	*last = *report = NULL;
	*ranges = 0;
	while ((s = find_out(d, s, is_data, NS_NEVER))) {
		if (!is_beyond(s)) {
			if (*last)
				break;
			continue;
		}
		*last = s;
		if (!*ranges || seq_lt(to, s->seg.seq))
			++*ranges;
		to = arrow_end(s);
	}
	for (s = *last; s && (s = find_in(d, s, is_ack, NS_NEVER));) {
		if (seq_lt((*last)->before.our_max, s->seg.ack))
			break;
		if (s->seg.ack == (*last)->before.our_max)
			*report = s;
	}
	return *last && *report;
}

/* Returns true if any SACK block of the report contains these octets. */
static bool has_block(const struct arrow *report, const struct range *octets)
{
	for (unsigned i = 0; i < report->sacks; i++)
		if (seq_leq(report->sack[i].from, octets->from) &&
		    seq_leq(octets->to, report->sack[i].to))
			return true;
	return false;
}

/* Returns true for a duplicate ACK (RFC 5681 2), such as out-of-order data draws. */
static bool is_duplicate(const struct dialog *d, const struct arrow *a)
{
	return a->seg.ack == a->before.rcv_nxt &&
	       (uint32_t)a->seg.window << d->shift == a->before.window;
}

/* Returns true if the first SACK block is a D-SACK, which reports duplicate data (RFC 2883 4). */
static bool is_about_twice(const struct arrow *a)
{
	const struct range *first = &a->sack[0];

	if (a->sacks && seq_lt(first->from, a->seg.ack))
		return true;
	for (unsigned i = 1; i < a->sacks; i++)
		if (seq_leq(a->sack[i].from, first->from) && seq_leq(first->to, a->sack[i].to))
			return true;
	return false;
}

/* number of previous reports whose blocks a receiver may repeat */
#define REPEATED 8

/* Returns the index of the first block of `a` that no previous report contains, or -1. `before` is
 * a ring, to which `count` reports were added. */
static int newest_block(const struct arrow *a, const struct arrow *const *before, unsigned count)
{
	for (unsigned i = 0; i < a->sacks; i++) {
		bool told = false;

		for (unsigned n = 0; n < count && n < REPEATED; n++)
			told |= has_block(before[n], &a->sack[i]);
		if (!told)
			return (int)i;
	}
	return -1;
}

/* The segment that triggered an ACK is not visible: segments cross, and one ACK may report several.
 * But a block that is new in an ACK arrived after the previous ACK. */
static struct finding reports_latest_first(const struct hearing *h)
{
	const struct arrow *last, *report, *before[REPEATED], *a = NULL, *good = NULL;
	unsigned ranges, count = 0;

	if (!find_report(h->d, &last, &report, &ranges))
		return finding_none();
	if (!h->d->sack)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, h->d->answer,
					    "SACK was not negotiated");
	while ((a = find_in(h->d, a, is_ack, NS_NEVER))) {
		int block = is_about_twice(a) ? -1 : newest_block(a, before, count);

		if (block > 0)
			return finding_fail(before[(count - 1) % REPEATED], a,
					    "the latest segment is in block %d, not in the first",
					    block + 1);
		if (!block)
			good = a;
		if (a->sacks)
			before[count++ % REPEATED] = a;
	}
	if (good)
		return finding_pass(last, good, "the first block contains the latest segment");
	if (!report->sacks && is_duplicate(h->d, report))
		return finding_warn(last, report, "no SACK blocks for data after a gap");
	/* The ACK may have left before that segment arrived. */
	return finding_inconclusive(REASON_CLOSED, report, "no block contains the latest segment");
}

static struct finding reports_as_many(const struct hearing *h)
{
	const struct arrow *last, *report;
	unsigned ranges, room;

	if (!find_report(h->d, &last, &report, &ranges) || !h->d->sack || ranges < 2)
		return finding_none();
	room = h->d->ts ? 3 : 4;
	room = room < ranges ? room : ranges;
	if (report->sacks < room &&
	    !has_block(report, &(struct range){last->seg.seq, arrow_end(last)}))
		return finding_none(); /* it may have left before that segment arrived */
	if (report->sacks < room)
		return finding_fail(last, report, "%u blocks; there is room for %u", report->sacks,
				    room);
	return finding_pass(last, report, "%u blocks", report->sacks);
}

/* --- SACK, as the sender ---------------------------------------------------------------------- */

/* Finds octets of the client that the responder SACKed beyond its acknowledgment. */
static const struct arrow *find_selected(const struct dialog *d, struct range *out)
{
	const struct arrow *s = NULL;

	while ((s = find_out(d, s, is_ack, NS_NEVER)))
		for (unsigned i = 0; i < s->sacks; i++)
			if (seq_lt(s->seg.ack, s->sack[i].from) &&
			    seq_leq(s->sack[i].to, s->before.snd_max) &&
			    seq_lt(s->sack[i].from, s->sack[i].to)) {
				*out = s->sack[i];
				return s;
			}
	return NULL;
}

static struct finding never_again(const struct dialog *d, const struct arrow *s)
{
	if (d->after.reset)
		return finding_inconclusive(REASON_CLOSED, s,
					    "the client reset the connection first");
	return finding_inconclusive(REASON_TOO_SHORT, s,
				    "no retransmission while the responder watched");
}

/* The client must retransmit SACKed data that the responder does not acknowledge for long. */
static struct finding keeps_selected(const struct hearing *h)
{
	const struct dialog *d = h->d;
	struct range r;
	const struct arrow *s = find_selected(d, &r), *a, *end;

	if (!s || !d->sack)
		return finding_none();
	for (a = s; (a = find_in(d, a, is_data, NS_NEVER));)
		if (seq_lt(a->seg.seq, r.to) && seq_lt(r.from, arrow_end(a)))
			return finding_pass(s, a, "the client retransmits the SACKed data");
	/* The client has to keep the data until the responder acknowledges it. */
	for (end = s; (end = find_out(d, end, is_ack, NS_NEVER));)
		if (seq_lt(r.from, end->seg.ack))
			return finding_none();
	a = find_alive(d, s);
	if (a && d->watched - s->when > RESENDS)
		return finding_by_absence(
			finding_fail(s, a, "the client never retransmits the SACKed data"));
	return never_again(d, s);
}

static struct finding resends_left_edge(const struct hearing *h)
{
	const struct dialog *d = h->d;
	struct range r;
	const struct arrow *s = find_selected(d, &r), *a = s;

	if (!s || !d->sack)
		return finding_none();
	while ((a = find_in(d, a, is_data, NS_NEVER))) {
		bool tail = arrow_end(a) == a->before.snd_max && a->seg.seq != a->before.una;

		if (!seq_lt(a->seg.seq, a->before.snd_max) || tail)
			continue;
		if (a->seg.seq != a->before.una)
			return finding_fail(s, a,
					    "the retransmission does not begin at the left edge");
		return finding_pass(s, a, "the client retransmits the missing data");
	}
	/* R2018-5a judges the missing retransmission. */
	return never_again(d, s);
}

const struct requirement judge_acks[] = {
	{"MUST-40", 9293, "3.8.6.3", LEVEL_MUST,
	 "The client MUST delay an ACK (SHLD-18) by less than 0.5 seconds.", "data-push",
	 .check = delays_briefly},
	{"SHLD-19", 9293, "3.8.6.3", LEVEL_SHOULD,
	 "The client SHOULD acknowledge at least every second full-sized segment.", "data-push",
	 .check = acknowledges_often},
	{"R2018-3a", 2018, "3", LEVEL_MUST,
	 "The client MUST NOT send SACK blocks unless SACK was permitted.", "data-hole",
	 .check = selects_only_if_permitted},
	{"R2018-4a", 2018, "4", LEVEL_MUST,
	 "The first SACK block MUST contain the segment that triggered the ACK.", "data-hole",
	 .check = reports_latest_first},
	{"R2018-4b", 2018, "4", LEVEL_SHOULD,
	 "The client SHOULD send as many SACK blocks as there is room for.", "data-holes",
	 .check = reports_as_many},
	{"R2018-5a", 2018, "5", LEVEL_MUST,
	 "The client MUST keep SACKed data until it is acknowledged cumulatively.", "sack-renege",
	 .check = keeps_selected},
	{"R2018-5b", 2018, "5", LEVEL_MUST,
	 "After a timeout, the client MUST retransmit from the left window edge.", "sack-renege",
	 .check = resends_left_edge},
	{0},
};
