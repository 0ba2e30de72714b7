/* SPDX-License-Identifier: MIT */
/* resets: clauses on resets, SYNs and ACKs that are invalid in a connection: RFC 5961, RFC 793. */
#include "judge/clauses.h"
#include "judge/look.h"

#define OTHERS_MOST 1000 /* maximum number of the client's other connections to examine */

/* Returns true if the client's connection is open, from the client's view. */
static bool is_live(const struct arrow *s)
{
	return is_connected(s) && !(s->before.fin && s->before.our_fin);
}

/* Returns true if the client has closed, and the responder has acknowledged its FIN: the client may
 * keep a small record only. */
static bool is_half_gone(const struct arrow *s)
{
	return s->before.fin && s->before.una == s->before.snd_max;
}

/* Returns the first segment of the responder in an open connection that fits, or NULL. */
static const struct arrow *first_live(const struct dialog *d, bool (*fits)(const struct arrow *s))
{
	const struct arrow *s = NULL;

	while ((s = find_out(d, s, is_segment, NS_NEVER)))
		if (is_live(s) && fits(s))
			return s;
	return NULL;
}

/* Positions of its sequence number in the client's window. */
static bool is_exact(const struct arrow *s)
{
	return s->seg.seq == s->before.rcv_nxt;
}

static bool is_inside(const struct arrow *s)
{
	return !is_exact(s) && s->seg.seq - s->before.rcv_nxt < s->before.window;
}

static struct finding closed_already(const struct arrow *s)
{
	return finding_inconclusive(REASON_CLOSED, s, "the client had closed before");
}

/* --- resets ----------------------------------------------------------------------------------- */

static bool is_reset_outside(const struct arrow *s)
{
	return is_rst(s) && !is_exact(s) && !is_inside(s);
}

static struct finding drops_reset_outside(const struct hearing *h)
{
	const struct arrow *s = first_live(h->d, is_reset_outside), *a;

	if (!s)
		return finding_none();
	a = find_alive(h->d, s);
	if (a)
		return finding_pass(s, a, "the client continues after a reset outside its window");
	a = find_dead(h->d, s);
	if (a)
		return finding_fail(s, a, "a reset outside the window ends the connection");
	return finding_inconclusive(REASON_FILTERED, s,
				    "no segment after a reset outside the window");
}

static struct finding must_end(const struct hearing *h, const struct arrow *s, const char *what)
{
	const struct arrow *a;

	if (!s)
		return finding_none();
	a = find_alive(h->d, s);
	if (a)
		return finding_fail(s, a, "the client continues after %s", what);
	a = find_dead(h->d, s);
	if (a)
		return finding_pass(s, a, "%s ends the connection", what);
	return finding_inconclusive(REASON_FILTERED, s, "no segment after %s", what);
}

static bool is_plain_reset(const struct arrow *s)
{
	/* R7323-5.3b judges a reset with a timestamp. */
	return is_rst(s) && is_exact(s) && !s->seg.len && s->before.window && !s->options.has_ts;
}

static struct finding heeds_exact_reset(const struct hearing *h)
{
	return must_end(h, first_live(h->d, is_plain_reset), "a reset with the exact number");
}

static bool is_reset_with_text(const struct arrow *s)
{
	return is_rst(s) && is_exact(s) && s->seg.len && s->before.window;
}

static struct finding heeds_reset_with_text(const struct hearing *h)
{
	return must_end(h, first_live(h->d, is_reset_with_text), "a reset with data");
}

static bool is_reset_at_closed_window(const struct arrow *s)
{
	/* A reset with data (SHLD-2) does not fit into the window. */
	return is_rst(s) && is_exact(s) && !s->seg.len && !s->before.window;
}

static struct finding heeds_reset_at_closed_window(const struct hearing *h)
{
	return must_end(h, first_live(h->d, is_reset_at_closed_window),
			"a reset while the client's window is zero");
}

/* Only a reset after a gap counts. Without a gap it may be exact, as the client may have received
 * data that it has not acknowledged yet. */
static bool is_reset_inside(const struct arrow *s)
{
	return is_rst(s) && is_inside(s) && is_early(s);
}

static struct finding challenges_reset(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = first_live(d, is_reset_inside), *a;

	if (!s)
		return finding_none();
	a = find_challenge(d, s, s->when + ANSWER_MOST);
	if (a)
		return finding_pass(s, a, "a reset in the window draws an ACK");
	if (is_half_gone(s))
		return closed_already(s);
	a = find_dead(d, s);
	if (a)
		return finding_warn(s, a,
				    "a reset in the window, but not exact, ends the connection");
	a = find_alive(d, s);
	if (a && !throttled(d, s))
		return finding_by_absence(finding_warn(s, a, "a reset in the window draws no ACK"));
	return finding_inconclusive(REASON_FILTERED, s, "no segment after a reset in the window");
}

/* --- SYNs ------------------------------------------------------------------------------------- */

static bool is_stray_syn(const struct arrow *s)
{
	return s->seg.flags & TCP_SYN && !(s->seg.flags & TCP_RST) && s->seg.seq != s->record->iss;
}

/* Returns a second SYN-ACK after the accepted one, sent before the client's ACK arrived. */
static const struct arrow *find_second_answer(const struct dialog *d)
{
	const struct arrow *s = d->answer;

	while (s && (s = find_out(d, s, is_syn_ack, d->open->when)))
		if (!s->before.synced && is_stray_syn(s))
			return s;
	return NULL;
}

static struct finding challenges_syn(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = first_live(d, is_stray_syn), *a;

	s = s ? s : find_second_answer(d);

	if (!s)
		return finding_none();
	a = find_challenge(d, s, s->when + ANSWER_MOST);
	if (a)
		return finding_pass(s, a, "a SYN within the connection draws an ACK");
	if (is_half_gone(s))
		return closed_already(s);
	a = find_in(d, s, is_rst, s->when + ANSWER_MOST);
	if (!a)
		a = find_dead(d, s);
	if (a)
		return finding_warn(s, a, "a SYN within the connection ends it");
	a = find_alive(d, s);
	/* The first ACK may answer both SYN-ACKs. */
	if (a && s->before.synced && !throttled(d, s))
		return finding_by_absence(
			finding_warn(s, a, "a SYN within the connection draws no ACK"));
	return finding_inconclusive(REASON_FILTERED, s,
				    "no segment after a SYN within the connection");
}

/* --- ACKs ------------------------------------------------------------------------------------- */

static bool speaks(const struct arrow *s)
{
	return (s->seg.flags & (TCP_ACK | TCP_SYN | TCP_RST)) == TCP_ACK;
}

static bool is_future_ack(const struct arrow *s)
{
	return speaks(s) && !s->seg.len && seq_lt(s->before.snd_max, s->seg.ack) &&
	       (is_exact(s) || is_inside(s));
}

/* Returns the first segment of the client that skips sequence numbers, or NULL. */
static const struct arrow *find_skip(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = s;

	while ((a = find_in(d, a, is_spoken, NS_NEVER)))
		if (seq_lt(a->before.snd_max, a->seg.seq))
			return a;
	return NULL;
}

static struct finding bears_future_ack(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = first_live(d, is_future_ack), *a;

	if (!s)
		return finding_none();
	a = find_skip(d, s);
	if (a)
		return finding_fail(s, a, "the client treats unsent data as acknowledged");
	a = find_challenge(d, s, s->when + ANSWER_MOST);
	if (a)
		return finding_pass(s, a, "an ACK of unsent data draws an ACK");
	if (is_half_gone(s))
		return closed_already(s);
	a = find_dead(d, s);
	if (a)
		return finding_fail(s, a, "an ACK of unsent data ends the connection");
	a = find_alive(d, s);
	if (a && !throttled(d, s))
		return finding_by_absence(finding_warn(s, a, "an ACK of unsent data draws no ACK"));
	return finding_inconclusive(REASON_CLOSED, s, "no segment after an ACK of unsent data");
}

/* Returns true for an ACK that is too old, or a segment with data that acknowledges unsent data.
 * The largest window that the responder ever advertised bounds the age of an acceptable ACK. */
static bool is_wild_ack(const struct arrow *s)
{
	const struct view *v = &s->before;

	if (!speaks(s) || !(is_exact(s) || is_inside(s)))
		return false;
	if (seq_lt(v->snd_max, s->seg.ack))
		return s->seg.len;
	return seq_lt(s->seg.ack, v->una - v->our_window_max);
}

static struct finding checks_range_of_acks(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = first_live(d, is_wild_ack), *a;
	uint32_t delivered;

	if (!s)
		return finding_none();
	a = find_challenge(d, s, s->when + ANSWER_MOST);
	delivered = s->seg.seq + s->seg.len;
	for (const struct arrow *b = s; s->seg.len && (b = find_in(d, b, is_spoken, NS_NEVER));) {
		/* The responder's TCP may have sent data with these numbers since. */
		const struct arrow *own = find_out(d, s, is_data, b->when);

		if (b->seg.ack == delivered && !own)
			return finding_warn(s, b,
					    "the client accepts data with an unacceptable ACK");
	}
	if (a)
		return finding_pass(s, a,
				    "an unacceptable ACK draws an ACK, and its data is discarded");
	if (is_half_gone(s))
		return closed_already(s);
	a = find_alive(d, s);
	if (a && !throttled(d, s))
		return finding_by_absence(finding_warn(s, a, "an unacceptable ACK draws no ACK"));
	return finding_inconclusive(REASON_CLOSED, s, "no segment after an unacceptable ACK");
}

/* --- the limit of challenge ACKs -------------------------------------------------------------- */

static bool is_provocation(const struct arrow *s)
{
	return is_live(s) && (is_reset_inside(s) || is_stray_syn(s) || is_wild_ack(s));
}

/*
 * Returns the first provocation without an answer after one with an answer: the limit is reached.
 */
static const struct arrow *find_limited(const struct dialog *d)
{
	const struct arrow *s = NULL;
	bool answered = false;

	while ((s = find_out(d, s, is_segment, NS_NEVER))) {
		const struct arrow *next = find_out(d, s, is_segment, NS_NEVER);

		if (!is_provocation(s))
			continue;
		if (find_challenge(d, s, next ? next->when : s->when + ANSWER_MOST))
			answered = true;
		else if (answered)
			return s;
	}
	return NULL;
}

/* Judges another connection of the client, provoked just after this one had reached its limit. */
static struct finding other_answers(const struct dialog *d, const struct arrow *limited)
{
	const struct arrow *s = NULL, *first = NULL, *a;
	unsigned provoked = 0;

	while ((s = find_out(d, s, is_segment, NS_NEVER))) {
		if (!is_provocation(s) || s->when < limited->when ||
		    s->when - limited->when > ANSWER_MOST)
			continue;
		first = first ? first : s;
		provoked++;
		a = find_challenge(d, s, s->when + slack(d, s));
		if (a)
			return finding_pass(s, a,
					    "the limit of one connection does not affect another");
	}
	if (provoked >= 3 && !throttled(d, first) && find_alive(d, first))
		return finding_by_absence(finding_warn(
			first, NULL,
			"after the limit of one connection, another gets no challenge ACK"));
	return finding_none();
}

static struct finding limits_each_alone(const struct hearing *h)
{
	const struct arrow *limited = find_limited(h->d);
	const struct dialog *d = h->client->first;
	struct finding f = finding_none();

	if (!limited)
		return finding_none();
	for (unsigned n = 0; d && n < OTHERS_MOST && f.result == RESULT_NONE; n++) {
		if (d != h->d)
			f = other_answers(d, limited);
		d = d->next[COMMON_CLIENT];
	}
	return f;
}

const struct requirement judge_resets[] = {
	{"R5961-3.2a", 5961, "3.2", LEVEL_MUST,
	 "The client MUST discard an RST outside the window.", "rst-out-window",
	 .check = drops_reset_outside},
	{"R5961-3.2b", 5961, "3.2", LEVEL_MUST,
	 "An RST with the expected sequence number MUST end the connection.", "rst-exact",
	 .check = heeds_exact_reset},
	{"R5961-3.2c", 5961, "3.2", LEVEL_MUST,
	 "An RST elsewhere in the window MUST draw an ACK; RFC 793 accepted it.", "rst-in-window",
	 .check = challenges_reset},
	{"R5961-4.2", 5961, "4.2", LEVEL_MUST,
	 "A SYN within a connection MUST draw a challenge ACK.", "syn-in-est, synack-two-isn",
	 .check = challenges_syn},
	{"R5961-5.2", 5961, "5.2", LEVEL_MUST,
	 "An unacceptable ACK MUST draw an ACK; its data is discarded.", "ack-old, data-bad-ack",
	 .check = checks_range_of_acks},
	{"R5961-7", 5961, "7", LEVEL_SHOULD,
	 "Challenge ACKs SHOULD be limited for each connection separately.", "challenge-limit",
	 .check = limits_each_alone},
	{"R9293-ACK-future", 9293, "3.10.7.4", LEVEL_MUST,
	 "An ACK of unsent data MUST draw an ACK, and have no other effect.", "ack-future",
	 .check = bears_future_ack},
	{"SHLD-2", 9293, "3.5.3", LEVEL_SHOULD,
	 "The client SHOULD accept an RST that carries data.", "rst-data",
	 .check = heeds_reset_with_text},
	{"MUST-66", 9293, "3.4", LEVEL_MUST,
	 "The client MUST process RSTs while its window is zero.", "rst-zero-window",
	 .check = heeds_reset_at_closed_window},
	{0},
};
