/* SPDX-License-Identifier: MIT */
/*
 * sequence: clauses on data and FINs out of place, out of order, or without ACK: RFC 9293 3.10.7.4.
 */
#include "judge/clauses.h"
#include "judge/look.h"

/* An ACK that is missing after this time and a retransmission will not follow. */
#define NEVER (1500 * NS_PER_MS)

/* --- first check: outside the window ---------------------------------------------------------- */

/* Returns true if all of the segment is before RCV.NXT or after the window, or if it is an empty
 * segment at RCV.NXT-1. */
static bool is_unacceptable(const struct dialog *d, const struct arrow *s)
{
	const struct view *v = &s->before;
	uint32_t len = segment_seq_len(&s->seg);
	bool left = seq_leq(s->seg.seq + len, v->rcv_nxt) && seq_lt(s->seg.seq, v->rcv_nxt);
	bool right = seq_leq(v->rcv_nxt + v->window, s->seg.seq) && v->window;

	if (s->seg.flags & TCP_RST || (s->seg.flags & TCP_SYN && s->seg.seq != d->iss))
		return false;
	if (!(s->seg.flags & TCP_ACK) || (!len && s->seg.seq != v->rcv_nxt - 1))
		return false;
	/* If the client's window was larger before, the client may still accept the segment. */
	return left || (right && v->edge == v->edge_max);
}

static bool is_right(const struct arrow *s)
{
	return seq_lt(s->before.rcv_nxt, s->seg.seq);
}

static bool lacks_ack(const struct arrow *s)
{
	return is_segment(s) && !(s->seg.flags & (TCP_ACK | TCP_RST | TCP_SYN));
}

static struct finding answer_to_outside(const struct hearing *h, const struct arrow *s)
{
	const struct dialog *d = h->d;
	const struct arrow *a = s, *end;

	/* If a segment without ACK is accepted, R9293-NOACK judges it. */
	while (is_right(s) && !find_out(d, NULL, lacks_ack, s->when) &&
	       (a = find_in(d, a, is_spoken, s->when + ANSWER_MOST)))
		if (seq_lt(a->before.our_max, a->seg.ack))
			return finding_fail(s, a,
					    "the client accepts a segment outside its window");
	a = find_in(d, s, is_spoken, s->when + ANSWER_MOST);
	while (a && a->seg.ack != a->before.rcv_nxt)
		a = find_in(d, a, is_spoken, s->when + ANSWER_MOST);
	if (a)
		return finding_pass(s, a, "a segment outside the window draws an ACK");
	end = find_alive(d, s);
	if (end && !throttled(d, s) && end->when - s->when > ANSWER_MOST)
		return finding_by_absence(
			finding_fail(s, end, "a segment outside the window draws no ACK"));
	return finding_inconclusive(REASON_CLOSED, s, "no segment after one outside the window");
}

static struct finding answers_outside(const struct hearing *h)
{
	const struct arrow *s = NULL;
	struct finding f = finding_none();

	while ((s = find_out(h->d, s, is_segment, NS_NEVER)))
		if (is_connected(s) && is_unacceptable(h->d, s) && !has_old_stamp(h->d, s))
			f = finding_worse(f, answer_to_outside(h, s));
	return f;
}

/* --- fifth check: no ACK ---------------------------------------------------------------------- */

static struct finding drops_without_ack(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *a;

	while ((s = find_out(d, s, is_segment, NS_NEVER)))
		if (is_connected(s) && lacks_ack(s) && s->seg.seq == s->before.rcv_nxt &&
		    segment_seq_len(&s->seg))
			break;
	if (!s)
		return finding_none();
	for (a = s; (a = find_in(d, a, is_spoken, NS_NEVER));)
		if (seq_lt(a->before.our_max, a->seg.ack))
			return finding_fail(s, a, "the client accepts %s without ACK",
					    s->seg.len ? "octets" : "a FIN");
	a = find_refusal(d, s, s->when + ANSWER_MOST);
	if (a)
		return finding_fail(s, a, "a segment without ACK ends the connection");
	a = find_alive(d, s);
	if (a)
		return finding_pass(s, a, "a segment without ACK is discarded");
	return finding_inconclusive(REASON_CLOSED, s, "no segment after one without ACK");
}

/* --- eighth check: FIN ------------------------------------------------------------------------ */

static struct finding acknowledges_fin(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *a;

	while ((s = find_out(d, s, is_fin, NS_NEVER)))
		if (is_connected(s) && s->seg.flags & TCP_ACK && !is_unacceptable(d, s) &&
		    !has_unknown_option(s) && s->seg.seq - s->before.rcv_nxt <= s->before.window)
			break;
	if (!s)
		return finding_none();
	for (a = s; (a = find_in(d, a, is_spoken, NS_NEVER));) {
		if (seq_lt(a->before.our_max, a->seg.ack))
			return finding_fail(
				s, a, "the client acknowledges a FIN before all data has arrived");
		if (seq_leq(arrow_end(s), a->seg.ack))
			return finding_pass(s, a, "the FIN is acknowledged%s",
					    is_early(s) ? " once all data has arrived" : "");
	}
	for (a = s; (a = find_in(d, a, is_spoken, NS_NEVER));)
		if (a->when - s->when > NEVER && find_out(d, s, is_fin, a->when))
			return finding_by_absence(
				finding_fail(s, a, "the FIN is never acknowledged"));
	a = find_in(d, s, is_rst, NS_NEVER);
	if (a)
		return finding_inconclusive(REASON_CLOSED, a, "the client resets instead");
	return finding_inconclusive(REASON_CLOSED, s, "no segment after the responder's FIN");
}

/* --- order ------------------------------------------------------------------------------------ */

/* Data of the responder after a gap, the segment that fills the gap, and its ACK. */
struct hole {
	const struct arrow *beyond; /* the first segment after the gap */
	const struct arrow *last;   /* the last segment after the gap */
	const struct arrow *fill;   /* the segment that fills the gap */
	const struct arrow *ack;    /* the first segment that acknowledges the fill */
};

static bool find_hole(const struct dialog *d, struct hole *out)
{
	const struct arrow *s = NULL;

	*out = (struct hole){0};
	while ((s = find_out(d, s, is_data, NS_NEVER)) && !out->fill) {
		if (!is_connected(s) || s->seg.seq - s->before.rcv_nxt >= s->before.window)
			continue;
		if (is_early(s) && arrow_end(s) - s->before.rcv_nxt <= s->before.window) {
			out->beyond = out->beyond ? out->beyond : s;
			out->last = s;
		} else if (out->beyond && s->seg.seq == s->before.our_max) {
			out->fill = s;
		}
	}
	for (s = out->fill; s && (s = find_in(d, s, is_spoken, NS_NEVER));)
		if (seq_lt(s->before.rcv_nxt, s->seg.ack)) {
			out->ack = s;
			break;
		}
	return out->beyond;
}

/* Returns a retransmission of the data after the gap that was sent after the ACK of the fill, so
 * that `end` can be its answer; NULL if there is none. (A retransmission before that ACK has
 * crossed it, and is no evidence.) */
static const struct arrow *find_again(const struct dialog *d, const struct hole *hole,
				      const struct arrow *end)
{
	const struct arrow *s = hole->ack;
	uint32_t first = hole->beyond->seg.seq;

	while ((s = find_out(d, s, is_data, end->when - d->rtt / 2)) && s < end)
		if (seq_leq(s->seg.seq, first) && seq_lt(first, arrow_end(s)))
			return s;
	return NULL;
}

static struct finding queues_out_of_order(const struct hearing *h)
{
	struct hole hole;

	if (!find_hole(h->d, &hole))
		return finding_none();
	if (!hole.ack)
		return finding_inconclusive(REASON_CLOSED, hole.fill ? hole.fill : hole.beyond,
					    "the client closed before the gap was filled");
	for (const struct arrow *a = hole.ack; a; a = find_in(h->d, a, is_spoken, NS_NEVER)) {
		const struct arrow *again;

		if (!seq_leq(arrow_end(hole.beyond), a->seg.ack))
			continue;
		again = find_again(h->d, &hole, a);
		if (again)
			return finding_fail(hole.beyond, again,
					    "out-of-order data must be retransmitted");
		return finding_pass(hole.fill, a, "out-of-order data is queued");
	}
	if (seq_lt(h->d->after.rcv_nxt, hole.beyond->seg.seq))
		return finding_inconclusive(REASON_CLOSED, hole.ack,
					    "the client closed before the gap was filled");
	return finding_fail(hole.beyond, hole.ack, "out-of-order data must be retransmitted");
}

static struct finding acknowledges_out_of_order(const struct hearing *h)
{
	struct hole hole;
	const struct arrow *a;

	if (!find_hole(h->d, &hole))
		return finding_none();
	a = find_challenge(h->d, hole.beyond, hole.beyond->when + 100 * NS_PER_MS);
	if (a)
		return finding_info(hole.beyond, a,
				    "the client acknowledges out-of-order data at once");
	return finding_info(hole.beyond, NULL, "the client does not acknowledge out-of-order data");
}

/* The fill and the queued data are available at the same time: one ACK should cover both. */
static struct finding acknowledges_all(const struct hearing *h)
{
	struct hole hole;

	if (!find_hole(h->d, &hole) || !hole.ack)
		return finding_none();
	if (seq_lt(hole.ack->seg.ack, arrow_end(hole.beyond)))
		return finding_warn(hole.fill, hole.ack,
				    "the first ACK after the gap is filled omits queued data");
	return finding_pass(hole.fill, hole.ack, "one ACK for all queued data");
}

const struct requirement judge_sequence[] = {
	{"R9293-SEQ", 9293, "3.10.7.4", LEVEL_MUST,
	 "The client MUST discard a segment outside the window, and answer with an ACK.",
	 "data-oow-left, data-oow-right, fin-beyond, keepalive, synack-again",
	 .check = answers_outside},
	{"R9293-NOACK", 9293, "3.10.7.4", LEVEL_MUST,
	 "The client MUST discard a segment without ACK.", "data-no-ack-flag, fin-no-ack-flag",
	 .check = drops_without_ack},
	{"R9293-FIN", 9293, "3.10.7.4", LEVEL_MUST,
	 "The client MUST acknowledge a FIN once all data before it has arrived.",
	 "close-active, close-fin-data, close-fin-early", .check = acknowledges_fin},
	{"SHLD-31", 9293, "3.10.7.4", LEVEL_SHOULD,
	 "The client SHOULD queue out-of-order segments.", "data-hole, data-reverse, reorder",
	 .check = queues_out_of_order},
	{"MAY-13", 9293, "3.10.7.4", LEVEL_MAY,
	 "The client MAY acknowledge out-of-order segments; reported only.", "data-hole",
	 .check = acknowledges_out_of_order},
	{"MUST-59", 9293, "3.10.7.4", LEVEL_MUST,
	 "The client MUST process all queued segments before it sends an ACK.", "data-hole",
	 .check = acknowledges_all},
	{0},
};
