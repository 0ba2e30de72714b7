/* SPDX-License-Identifier: MIT */
/* synsent: clauses on invalid answers to a SYN (RFC 9293 3.10.7.3), and on resets (3.5.2). */
#include "judge/clauses.h"
#include "judge/look.h"

#define GIVEN_UP (10 * NS_PER_S) /* a SYN is retransmitted well within this time */
#define REFUSED  (3 * NS_PER_S)  /* a SYN is retransmitted within this time */

/* --- the course of an attempt ----------------------------------------------------------------- */

/* Returns true if the client seems to be in SYN-SENT when `s` arrives. */
static bool in_syn_sent(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = NULL;

	if (!d->syn || s < d->syn || s->before.synced)
		return false;
	/* SYN-SENT ends with the client's first segment with ACK: the ACK of a SYN-ACK, or a
	 * SYN-ACK that answers a SYN. */
	a = find_in(d, a, is_spoken, s->when);
	return !a || a > s;
}

static bool acceptable_ack(const struct dialog *d, const struct arrow *s)
{
	return seq_lt(d->isn, s->seg.ack) && seq_leq(s->seg.ack, s->before.snd_max);
}

/* The course of an attempt after a segment of the responder. */
struct course {
	const struct arrow *on;  /* it continues: a retransmitted SYN, or the ACK that opens */
	const struct arrow *off; /* it had given up: a reset of the SYN-ACK that it requested */
	bool silent;             /* it has given up: no segment arrived for long enough */
};

/* Only the sequence number counts for the receiver. The additional ACK in lwIP's resets is
 * harmless. */
static bool is_reset_of(const struct arrow *rst, const struct arrow *s)
{
	return rst->seg.seq == s->seg.ack;
}

static struct course course_after(const struct hearing *h, const struct arrow *s)
{
	const struct dialog *d = h->d;
	const struct arrow *answer = s, *rst;
	struct course c = {0};

	c.on = find_in(d, s, is_syn, NS_NEVER);
	if (!c.on && d->open > s && d->answer != s)
		c.on = d->open;
	while (!c.off && (answer = find_out(d, answer, is_syn_ack, NS_NEVER))) {
		rst = find_answering_reset(d, answer);
		if (rst && acceptable_ack(d, answer) && is_reset_of(rst, answer))
			c.off = rst;
	}
	c.silent = h->asserted->patience > GIVEN_UP && d->watched - s->when > GIVEN_UP;
	return c;
}

/* Judges an attempt that must continue after segment `s`; `bad` describes `s`. */
static struct finding outlives(const struct hearing *h, const struct arrow *s, const char *bad)
{
	struct course c = course_after(h, s);

	if (c.on)
		return finding_pass(s, c.on, "the client continues after %s", bad);
	if (c.off && awaits_answer(h, c.off->when - h->d->syn->when))
		return finding_fail(s, c.off, "the client gives up after %s", bad);
	if (c.silent)
		return finding_by_absence(
			finding_fail(s, NULL, "the client gives up after %s", bad));
	return finding_inconclusive(REASON_APP_TIMEOUT, s, "no SYN after %s", bad);
}

/* Returns the first segment in SYN-SENT that fits, or NULL. */
static const struct arrow *first_asked(const struct dialog *d,
				       bool (*fits)(const struct dialog *d, const struct arrow *s))
{
	const struct arrow *s = NULL;

	while ((s = find_out(d, s, is_segment, NS_NEVER)))
		if (in_syn_sent(d, s) && fits(d, s))
			return s;
	return NULL;
}

/* --- 3.10.7.3, first check -------------------------------------------------------------------- */

static bool is_bad_ack(const struct dialog *d, const struct arrow *s)
{
	return (s->seg.flags & (TCP_ACK | TCP_RST)) == TCP_ACK && !acceptable_ack(d, s);
}

static struct finding resets_bad_ack(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = first_asked(d, is_bad_ack), *rst;
	struct finding f;

	if (!s)
		return finding_none();
	if (d->answer == s)
		return finding_fail(s, d->open, "the client opens after an ACK of unsent data");
	rst = find_in(d, s, is_rst, s->when + NS_PER_S);
	if (rst && !is_reset_of(rst, s))
		return finding_fail(s, rst, "the reset does not have the number of the ACK");
	f = outlives(h, s, "an ACK of unsent data");
	if (f.result == RESULT_PASS && !rst)
		return finding_warn(s, f.arrow[1], "the client continues, but sends no reset");
	if (f.result == RESULT_PASS)
		f.arrow[f.arrows++] = rst;
	return f;
}

static bool is_bad_reset(const struct dialog *d, const struct arrow *s)
{
	return (s->seg.flags & (TCP_ACK | TCP_RST)) == (TCP_ACK | TCP_RST) && !acceptable_ack(d, s);
}

static struct finding drops_bad_reset(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = first_asked(d, is_bad_reset), *rst;

	if (!s)
		return finding_none();
	rst = find_answering_reset(d, s);
	if (rst)
		return finding_fail(s, rst, "the client answers a reset");
	return outlives(h, s, "a reset with a wrong ACK");
}

/* --- second check ----------------------------------------------------------------------------- */

static bool is_reset(const struct dialog *d, const struct arrow *s)
{
	return s->seg.flags & TCP_RST && (!(s->seg.flags & TCP_ACK) || acceptable_ack(d, s));
}

static struct finding heeds_reset(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = first_asked(d, is_reset), *syn;

	if (!s)
		return finding_none();
	if (!(s->seg.flags & TCP_ACK))
		return outlives(h, s, "a reset without ACK");
	syn = find_in(d, s, is_syn, NS_NEVER);
	while (syn && syn->when - s->when < slack(d, s))
		syn = find_in(d, syn, is_syn, NS_NEVER); /* it had left before */
	if (syn)
		return finding_fail(s, syn, "the client was refused, and retransmits its SYN");
	if (d->watched - s->when < REFUSED)
		return finding_inconclusive(REASON_TOO_SHORT, s,
					    "the client was refused; watched for only %s",
					    span(d->watched - s->when));
	return finding_by_absence(finding_pass(s, NULL, "the client was refused, and stops"));
}

/* --- fourth and fifth check ------------------------------------------------------------------- */

static bool is_neither(const struct dialog *d, const struct arrow *s)
{
	return !(s->seg.flags & (TCP_SYN | TCP_RST)) &&
	       (!(s->seg.flags & TCP_ACK) || acceptable_ack(d, s));
}

static struct finding drops_other(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = first_asked(d, is_neither), *syn, *a;

	if (!s)
		return finding_none();
	syn = find_out(d, s, is_syn_ack, NS_NEVER);
	syn = syn ? syn : find_out(d, s, is_syn, NS_NEVER);
	a = find_in(d, s, is_spoken, syn ? syn->when : NS_NEVER);
	if (a && (!syn || a < syn))
		return finding_fail(s, a, "the client takes a segment without SYN for the answer");
	a = find_answering_reset(d, s);
	if (a && (!syn || a < syn))
		return finding_warn(s, a, "the client resets at a segment without SYN");
	return outlives(h, s, "a segment without SYN");
}

/* The client must accept the data of the SYN-ACK once, or wait for its retransmission. */
static struct finding takes_text_once(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = d->answer, *a;
	uint32_t first = d->iss + 1;

	if (!s || !s->seg.len)
		return finding_none();
	for (a = d->syn; (a = find_in(d, a, is_spoken, NS_NEVER));) {
		if (seq_lt(a->before.our_max, a->seg.ack))
			return finding_fail(s, a,
					    "the client acknowledges data that was never sent");
		if (a->seg.ack != first && seq_lt(a->seg.ack, first + s->seg.len))
			return finding_fail(s, a,
					    "the client acknowledges %u of the SYN-ACK's %u octets",
					    a->seg.ack - first, s->seg.len);
		if (a->seg.ack != first)
			return finding_pass(s, a, "the data of the SYN-ACK is acknowledged once");
	}
	a = find_out(d, d->open, is_data, NS_NEVER);
	a = a ? find_alive(d, a) : NULL;
	if (a)
		return finding_fail(s, a, "the client never acknowledges the data of the SYN-ACK");
	return finding_inconclusive(REASON_CLOSED, s,
				    "the client closed before the data was retransmitted");
}

/* --- 3.5.2: resets for no connection ---------------------------------------------------------- */

static bool is_reset_due(const struct arrow *rst, const struct arrow *s)
{
	const struct segment *r = &rst->seg;

	if (s->seg.flags & TCP_ACK)
		return is_reset_of(rst, s);
	return r->flags & TCP_ACK && !r->seq && r->ack == arrow_end(s);
}

/* Returns the reset that RFC 9293 3.5.2 specifies as the answer to `s`, or else any reset within a
 * second. */
static const struct arrow *reset_of(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *rst = s, *other = NULL;

	while ((rst = find_in(d, rst, is_rst, s->when + NS_PER_S))) {
		if (is_reset_due(rst, s))
			return rst;
		if (!(rst->seg.flags & TCP_ACK) == !!(s->seg.flags & TCP_ACK))
			other = rst;
	}
	return other;
}

static struct finding resets_the_dead(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *rst;
	struct finding f = finding_none();

	while ((s = find_out(d, s, is_segment, NS_NEVER))) {
		bool ack = s->seg.flags & TCP_ACK;

		if (!(s->before.reset || s->before.our_reset) || s->seg.flags & TCP_RST)
			continue;
		rst = reset_of(d, s);
		if (rst && is_reset_due(rst, s))
			f = finding_worse(
				f,
				finding_pass(s, rst, "a segment for no connection draws a reset"));
		else if (rst)
			f = finding_worse(
				f,
				finding_fail(s, rst, "the client's reset does not %s",
					     ack ? "have the number of the ACK"
						 : "acknowledge the segment, with a number of 0"));
		else if (find_challenge(d, s, s->when + NS_PER_S))
			continue; /* the connection still exists */
		else if (is_heard_later(h, s))
			f = finding_worse(
				f,
				finding_by_absence(finding_warn(
					s, NULL, "a segment for no connection is not answered")));
		else
			f = finding_worse(f,
					  finding_inconclusive(
						  REASON_FILTERED, s,
						  "a segment for no connection is not answered"));
	}
	return f;
}

const struct requirement judge_synsent[] = {
	{"R9293-SS-ack", 9293, "3.10.7.3", LEVEL_MUST,
	 "In SYN-SENT, an unacceptable ACK MUST draw an RST, and the attempt continues.",
	 "ack-isn, ack-plus, challenge-ack, old-synack", .check = resets_bad_ack},
	{"R9293-SS-ackrst", 9293, "3.10.7.3", LEVEL_MUST,
	 "In SYN-SENT, an RST with an unacceptable ACK MUST be discarded.", "rst-bad-ack",
	 .check = drops_bad_reset},
	{"R9293-SS-rst", 9293, "3.10.7.3", LEVEL_MUST,
	 "In SYN-SENT, an RST MUST end the attempt if and only if it acknowledges the SYN.",
	 "refuse, rst-no-ack", .check = heeds_reset},
	{"R9293-SS-other", 9293, "3.10.7.3", LEVEL_MUST,
	 "In SYN-SENT, a segment with neither SYN nor RST MUST be discarded.",
	 "bare-ack, hdr-null, fin-syn-sent", .check = drops_other},
	{"R9293-SS-text", 9293, "3.10.7.3", LEVEL_MUST,
	 "Data in a SYN-ACK MUST be accepted once: immediately, or when retransmitted.",
	 "synack-data", .check = takes_text_once},
	{"R9293-RSTGEN", 9293, "3.5.2", LEVEL_MUST,
	 "A segment for no connection MUST draw an RST with numbers taken from it.", "ask-the-dead",
	 .check = resets_the_dead},
	{0},
};
