/* SPDX-License-Identifier: MIT */
/* close: clauses on the end of a connection: RFC 9293 3.6, 3.10.7.4. */
#include "judge/clauses.h"
#include "judge/look.h"

#define TWO_MSL  (240 * NS_PER_S)
#define NEARLY   (235 * NS_PER_S)
#define TOO_SOON NS_PER_S
#define ANSWER   NS_PER_S
#define SOON     (10 * NS_PER_S) /* a later reset is a timeout */

/* Both sides have closed, and both have acknowledged it: the client, if it closed first, is in
 * TIME-WAIT. */
static bool is_time_wait(const struct arrow *s)
{
	const struct view *v = &s->before;

	return v->synced && v->fin && v->our_fin && v->una == v->snd_max &&
	       v->rcv_nxt == v->our_max && !v->reset && !v->our_reset;
}

/* The client must discard a FIN without ACK. */
static bool is_valid_fin(const struct arrow *s)
{
	return is_fin(s) && s->seg.flags & TCP_ACK;
}

/* Returns true if the client's FIN arrived before the responder sent its own. */
static bool client_first(const struct dialog *d)
{
	const struct arrow *ours = find_out(d, NULL, is_valid_fin, NS_NEVER);
	const struct arrow *its = find_in(d, NULL, is_fin, NS_NEVER);

	return its && (!ours || its < ours);
}

/* Returns true if data of the responder was in flight when the client sent its FIN `its`. A program
 * that has closed both directions resets such data (RFC 9293 3.6.1). */
static bool leaves_octets(const struct arrow *ours, const struct arrow *its)
{
	return seq_lt(its->seg.ack, ours->seg.seq + ours->seg.len);
}

/* Returns true if each side sent its FIN before it received the other's. In SYN-SENT no FIN can
 * cross. */
static bool crossed(const struct dialog *d)
{
	const struct arrow *ours = find_out(d, d->open, is_valid_fin, NS_NEVER);
	const struct arrow *its = find_in(d, NULL, is_fin, NS_NEVER);

	return d->open && ours && its && ours->seg.ack != arrow_end(its) &&
	       its->seg.ack != arrow_end(ours);
}

static struct finding closes_both_ways(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = find_out(d, d->open, is_valid_fin, NS_NEVER), *a;
	const struct arrow *its = find_in(d, NULL, is_fin, NS_NEVER);

	if (!crossed(d))
		return finding_none();
	for (a = s; (a = find_in(d, a, is_segment, NS_NEVER));) {
		if (a->seg.flags & TCP_RST && a->when - s->when > SOON)
			break;
		if (a->seg.flags & TCP_RST && leaves_octets(s, its))
			return finding_inconclusive(REASON_CLOSED, a,
						    "the client resets data that it will not read");
		if (a->seg.flags & TCP_RST)
			return finding_fail(s, a, "the client resets when FINs cross");
		if (a->seg.ack == arrow_end(s))
			return finding_pass(s, a,
					    "the client acknowledges a FIN that crossed its own");
	}
	return finding_inconclusive(REASON_FILTERED, s, "no segment after FINs that crossed");
}

/* --- TIME-WAIT -------------------------------------------------------------------------------- */

/* Returns the time since which the client may be in TIME-WAIT: the ACK of the later FIN. */
static nstime entered(const struct dialog *d)
{
	const struct arrow *a = NULL;

	while ((a = arrow_next(d, a)))
		if (is_time_wait(a))
			return a == d->arrow ? a->when : a[-1].when;
	return 0;
}

/* A retransmitted FIN of the responder in the client's TIME-WAIT, and the answer before the
 * responder's next segment. */
struct again {
	const struct arrow *fin, *answer;
};

static bool next_again(const struct dialog *d, struct again *w)
{
	const struct arrow *next;

	while ((w->fin = find_out(d, w->fin, is_valid_fin, NS_NEVER)))
		if (is_time_wait(w->fin) && arrow_end(w->fin) == w->fin->before.our_max)
			break;
	if (!w->fin)
		return false;
	next = find_out(d, w->fin, is_segment, NS_NEVER);
	w->answer = find_in(d, w->fin, is_segment,
			    next && next->when < w->fin->when + ANSWER ? next->when
								       : w->fin->when + ANSWER);
	return true;
}

static struct finding answers_fin_again(const struct hearing *h)
{
	const struct dialog *d = h->d;
	struct finding f = finding_none();
	struct again w = {0};

	if (!client_first(d) && !crossed(d))
		return finding_none();
	while (next_again(d, &w)) {
		if (w.fin->when - entered(d) > TOO_SOON + NS_PER_S)
			break; /* MUST-13 judges the duration */
		if (w.answer && w.answer->seg.flags & TCP_RST)
			return finding_fail(w.fin, w.answer, "the retransmitted FIN draws a reset");
		if (w.answer)
			f = finding_worse(f, finding_pass(w.fin, w.answer,
							  "the retransmitted FIN draws an ACK"));
		else if (h->asserted->on_link && is_heard_later(h, w.fin))
			return finding_by_absence(
				finding_fail(w.fin, NULL, "the retransmitted FIN draws no ACK"));
		else
			f = finding_worse(
				f, finding_inconclusive(REASON_FILTERED, w.fin,
							"the retransmitted FIN draws no ACK"));
	}
	return f;
}

static struct finding waits_two_msl(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *last = NULL;
	struct again w = {0};
	nstime begun = entered(d);

	if (!client_first(d) && !crossed(d))
		return finding_none();
	while (next_again(d, &w)) {
		nstime after = w.fin->when - begun;

		if (!w.answer || w.answer->seg.flags & TCP_RST) {
			if (!w.answer && !(h->asserted->on_link && is_heard_later(h, w.fin)))
				return finding_inconclusive(REASON_FILTERED, w.fin,
							    "the FIN draws no ACK after %s",
							    span(after));
			if (after < TOO_SOON)
				return finding_fail(w.fin, w.answer, "TIME-WAIT has ended after %s",
						    span(after));
			return finding_warn(w.fin, w.answer, "TIME-WAIT has ended after %s",
					    span(after));
		}
		last = w.fin;
		/* Each FIN of the responder restarts TIME-WAIT (RFC 9293 3.10.7.4, eighth). */
		if (after >= NEARLY)
			return finding_pass(w.fin, w.answer, "TIME-WAIT lasts for %s", span(after));
	}
	if (!last)
		return finding_none();
	return finding_inconclusive(REASON_TOO_SHORT, last, "TIME-WAIT had not ended after %s",
				    span(last->when - begun));
}

/* Reports the client's answer to the first segment of the responder that fits, in TIME-WAIT. */
static struct finding tell_time_wait(const struct hearing *h, bool (*fits)(const struct arrow *s),
				     const char *what)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *a;

	while ((s = find_out(d, s, is_segment, NS_NEVER)) && !(is_time_wait(s) && fits(s)))
		;
	if (!s || (!client_first(d) && !crossed(d)))
		return finding_none();
	a = find_in(d, s, is_segment, NS_NEVER);
	if (!a)
		return finding_inconclusive(REASON_FILTERED, s, "no segment after %s in TIME-WAIT",
					    what);
	return finding_info(s, a, "after %s in TIME-WAIT, the client %s", what,
			    a->seg.flags & TCP_RST   ? "is in CLOSED"
			    : a->seg.flags & TCP_SYN ? "opens a connection"
						     : "stays in TIME-WAIT");
}

static struct finding tells_syn(const struct hearing *h)
{
	return tell_time_wait(h, is_syn, "a SYN");
}

static struct finding tells_reset(const struct hearing *h)
{
	return tell_time_wait(h, is_rst, "a reset");
}

/* --- unread data ------------------------------------------------------------------------------ */

/*
 * Returns true if the client's window has shrunk to a fraction of its size. If its program had
 * read, the window would have opened, and the client would have advertised it (RFC 9293 3.8.6.2.2).
 */
static bool has_unread(const struct dialog *d, const struct arrow *a)
{
	const struct arrow *b = NULL;
	uint32_t largest = 0;

	while ((b = find_in(d, b, is_spoken, a->when)) && b < a)
		if (b->before.synced && b->before.window > largest)
			largest = b->before.window;
	return a->before.window < largest / 4;
}

/* Returns true if the client closed one direction only, and its program continued to read: its
 * window opened further, or it accepted more data. After a full close it would have reset that
 * data. */
static bool reads_on(const struct dialog *d, const struct arrow *fin)
{
	bool all = d->after.rcv_nxt == d->after.our_max;
	uint32_t taken = d->after.rcv_nxt - (all && d->after.our_fin);

	return seq_lt(fin->before.edge_max, d->after.edge_max) ||
	       seq_lt(fin->before.rcv_nxt, taken);
}

static struct finding resets_unread(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a = NULL;

	while ((a = find_in(d, a, is_segment, NS_NEVER)))
		if (a->before.synced && a->seg.flags & (TCP_FIN | TCP_RST))
			break;
	if (!a || a->before.our_reset || !has_unread(d, a))
		return finding_none();
	if (a->seg.flags & TCP_RST)
		return finding_pass(a, NULL, "the client resets, as it has unread data");
	if (reads_on(d, a))
		return finding_none();
	return finding_fail(a, NULL, "the client sends a FIN, although it has unread data");
}

const struct requirement judge_close[] = {
	{"R9293-CLOSING", 9293, "3.6", LEVEL_MUST,
	 "The client MUST accept a FIN that crosses its own (figure 13).", "close-sim",
	 .check = closes_both_ways},
	{"R9293-TW-fin", 9293, "3.10.7.4", LEVEL_MUST,
	 "In TIME-WAIT, the client MUST acknowledge a retransmitted FIN.", "close-fin-again",
	 .check = answers_fin_again},
	{"MUST-13", 9293, "3.6.1", LEVEL_MUST,
	 "TIME-WAIT MUST last for twice the MSL (four minutes).", "time-wait",
	 .check = waits_two_msl},
	{"MAY-2", 9293, "3.6.1", LEVEL_MAY,
	 "The client MAY accept a SYN in TIME-WAIT (SHLD-4); reported only.", "timewait-syn",
	 .check = tells_syn},
	{"R1337-1", 1337, "3", LEVEL_MAY, "An RST should not end TIME-WAIT; reported only.",
	 "timewait-rst", .check = tells_reset},
	{"SHLD-3", 9293, "3.6.1", LEVEL_SHOULD,
	 "A client that closes with unread data SHOULD send an RST (MAY-1).", "unread",
	 .check = resets_unread},
	{0},
};
