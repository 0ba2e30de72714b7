/* SPDX-License-Identifier: MIT */
/* handshake: clauses on unusual answers to a SYN: options, invalid checksums, and simultaneous
 * open. */
#include "judge/clauses.h"
#include "judge/look.h"
#include "wire/packet_decode.h"

#define HURRY (500 * NS_PER_MS) /* no program gives up within this time */

/* --- opens despite an odd answer -------------------------------------------------------------- */

typedef bool odd_fn(const struct arrow *s);

static const struct arrow *first_odd(const struct dialog *d, odd_fn *odd)
{
	const struct arrow *s = NULL;

	while ((s = find_out(d, s, is_syn_ack, NS_NEVER)))
		if (odd(s))
			return s;
	return NULL;
}

/* Returns the client's last SYN before `s`. */
static const struct arrow *syn_before(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = NULL, *syn = NULL;

	while ((a = find_in(d, a, is_syn, s->when)) && a < s)
		syn = a;
	return syn;
}

/*
 * Decides if the client opens after a SYN-ACK that is `odd`, provided that it opens after others.
 */
static struct finding opens_despite(const struct hearing *h, odd_fn *odd, const char *what)
{
	const struct dialog *d = h->d;
	const struct arrow *s = first_odd(d, odd), *syn, *again, *rst;
	bool elsewhere;

	if (!s)
		return finding_none();
	if (d->open && odd(d->answer))
		return finding_pass(d->answer, d->open, "the client opens: %s", what);
	elsewhere = connects_elsewhere(h) || d->open;
	syn = syn_before(d, s);
	rst = find_answering_reset(d, s);
	again = find_in(d, s, is_syn, NS_NEVER);
	if (rst && elsewhere && syn && rst->when - syn->when < HURRY)
		return finding_fail(s, rst, "the client resets: %s", what);
	if (again && elsewhere && h->asserted->on_link)
		return finding_fail(s, again, "the client does not open, but opens otherwise: %s",
				    what);
	return finding_inconclusive(again || rst ? REASON_FILTERED : REASON_APP_TIMEOUT, s,
				    "the client does not open: %s", what);
}

/* Returns true if any option of the segment fits. */
static bool any_option(const struct arrow *s, bool (*fits)(const struct option_walk *w))
{
	struct option_walk w;
	unsigned at = 0;

	option_walk_begin(&w, s->seg.opt, s->seg.opt_len);
	for (; option_walk_next(&w) == OPTION_FOUND; at = w.at) {
		struct option_walk here = w;

		here.at = (uint8_t)at; /* where the option begins */
		if (fits(&here))
			return true;
	}
	return false;
}

static bool is_early_eol(const struct option_walk *w)
{
	/* Padding has at most three octets. */
	return w->kind == OPT_EOL && w->len - w->at > 4;
}

#define NOP_FLOOD 8

static bool is_flood(const struct arrow *s)
{
	unsigned nops = 0;

	for (unsigned i = 0; i < s->seg.opt_len && s->seg.opt[i] == OPT_NOP; i++)
		nops++;
	return nops >= NOP_FLOOD || any_option(s, is_early_eol);
}

static struct finding knows_eol_nop_mss(const struct hearing *h)
{
	return opens_despite(h, is_flood, "many NOPs or an early end of the option list");
}

static struct finding ignores_unknown(const struct hearing *h)
{
	return opens_despite(h, has_unknown_option, "an unknown option");
}

static bool is_odd_place(const struct option_walk *w)
{
	return (w->kind == OPT_MSS || w->kind == OPT_TIMESTAMPS) && w->at % 2;
}

static bool is_unaligned(const struct arrow *s)
{
	return any_option(s, is_odd_place);
}

static struct finding takes_unaligned(const struct hearing *h)
{
	return opens_despite(h, is_unaligned, "unaligned options");
}

/* Returns true if the option has a length that is invalid for its kind. */
static bool is_wrong_length(const struct option_walk *w)
{
	static const uint8_t right[] = {
		[OPT_MSS] = 2, [OPT_WSCALE] = 1, [OPT_SACK_PERMITTED] = 0, [OPT_TIMESTAMPS] = 8};

	return w->data &&
	       (w->kind == OPT_MSS || w->kind == OPT_WSCALE || w->kind == OPT_SACK_PERMITTED ||
		w->kind == OPT_TIMESTAMPS) &&
	       w->data_len != right[w->kind];
}

static bool has_illegal_length(const struct arrow *s)
{
	return s->options.malformed || any_option(s, is_wrong_length);
}

#define HUNG (20 * NS_PER_S)

static struct finding survives_illegal_length(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = first_odd(d, has_illegal_length), *a;

	if (!s)
		return finding_none();
	if (d->open && d->open > s)
		return finding_pass(s, d->open,
				    "the client opens despite an option with an illegal length");
	a = find_in(d, s, is_segment, NS_NEVER);
	if (a)
		return finding_pass(s, a,
				    "the client continues after an option with an illegal length");
	if (h->asserted->patience > HUNG && d->watched - s->when > HUNG)
		return finding_by_absence(finding_fail(
			s, NULL, "the client stops after an option with an illegal length"));
	return finding_inconclusive(REASON_FILTERED, s,
				    "no segment after an option with an illegal length");
}

static bool has_urgent(const struct arrow *s)
{
	return s->seg.flags & TCP_URG;
}

/* Checks URG in the SYN-ACK and in later segments. */
static struct finding bears_urgent(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *a;

	if (first_odd(d, has_urgent))
		return opens_despite(h, has_urgent, "URG in the SYN-ACK");
	while ((s = find_out(d, s, is_segment, NS_NEVER)) && !has_urgent(s))
		;
	if (!s || !s->before.synced)
		return finding_none();
	a = find_refusal(d, s, s->when + slack(d, s));
	if (a)
		return finding_fail(s, a, "the client resets at an urgent pointer of %u",
				    s->seg.urgent);
	a = find_alive(d, s);
	if (a && s->seg.len && seq_lt(d->after.rcv_nxt, arrow_end(s)))
		return finding_fail(
			s, a, "the client never acknowledges data with an urgent pointer of %u",
			s->seg.urgent);
	if (a)
		return finding_pass(s, a, "the client continues after an urgent pointer of %u",
				    s->seg.urgent);
	return finding_inconclusive(REASON_CLOSED, s, "no segment after an urgent pointer");
}

static bool has_ip_options(const struct arrow *s)
{
	return s->record->bytes[0] >> 4 == 4 && (s->record->bytes[0] & 0x0f) > 5;
}

static struct finding ignores_ip_options(const struct hearing *h)
{
	return opens_despite(h, has_ip_options, "options in the IP header");
}

/* --- options on other segments ---------------------------------------------------------------- */

static struct finding takes_options_anywhere(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *a;

	while ((s = find_out(d, s, is_segment, NS_NEVER)))
		if (s->before.synced && !(s->seg.flags & (TCP_SYN | TCP_RST)) &&
		    has_unknown_option(s) && arrow_end(s) != s->seg.seq &&
		    s->record->len <= LINK_MTU && /* a packet above the MTU may be lost */
		    seq_leq(s->seg.seq, s->before.rcv_nxt))
			break;
	if (!s)
		return finding_none();
	a = find_refusal(d, s, s->when + slack(d, s));
	if (a)
		return finding_fail(s, a,
				    "the client resets at an option in a segment without SYN");
	for (a = s; (a = find_in(d, a, is_spoken, NS_NEVER));)
		if (seq_leq(arrow_end(s), a->seg.ack))
			return finding_pass(s, a,
					    "the client accepts a segment with an unknown option");
	a = find_alive(d, s);
	if (a)
		return finding_fail(s, a,
				    "the client does not accept a segment with an unknown option");
	return finding_inconclusive(REASON_CLOSED, s,
				    "no segment after one with an unknown option");
}

/* --- checksums -------------------------------------------------------------------------------- */

static bool is_unsound(const struct arrow *s)
{
	return s->wire && !s->in && s->decoded == WIRE_OK && !s->sound;
}

/* Returns the client's reaction to a segment that it must discard, or NULL. */
static const struct arrow *reaction(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = s;

	while ((a = arrow_next(d, a)) && (a->in || !is_segment(a)))
		if (a->in && is_segment(a) && !(is_syn(a) && s->before.snd_max == d->isn + 1) &&
		    (a->seg.flags & TCP_RST || a->seg.ack == arrow_end(s)))
			return a;
	return NULL;
}

static struct finding checks_checksum(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = NULL, *a;

	while ((s = arrow_next(d, s)) && !is_unsound(s))
		;
	if (!s)
		return finding_none();
	a = reaction(d, s);
	if (a)
		return finding_fail(s, a, "the client acts on a segment with an invalid checksum");
	a = d->open && d->open > s ? d->open : find_in(d, s, is_segment, NS_NEVER);
	if (a)
		return finding_pass(
			s, a, "the client silently discards an invalid checksum, and continues");
	return finding_inconclusive(REASON_APP_TIMEOUT, s, "no segment after an invalid checksum");
}

/* --- simultaneous open ------------------------------------------------------------------------ */

static struct finding opens_both_ways(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = find_out(d, d->syn, is_syn, NS_NEVER), *a, *rst, *again;

	if (!s || !d->syn || s->before.synced || s->seg.seq != d->iss || s->seg.flags & TCP_FIN)
		return finding_none();
	a = find_in(d, s, is_syn_ack, NS_NEVER);
	rst = find_in(d, s, is_rst, a ? a->when : s->when + NS_PER_S);
	if (rst && !awaits_answer(h, rst->when - d->syn->when))
		return finding_inconclusive(
			REASON_APP_TIMEOUT, rst,
			"the client may have closed before the responder's SYN arrived");
	if (rst)
		return finding_fail(s, rst, "the client resets a SYN that crosses its own");
	if (!a) {
		again = find_in(d, s, is_syn, NS_NEVER);
		if (again && h->asserted->on_link)
			return finding_fail(
				s, again, "the client does not answer a SYN that crosses its own");
		return finding_inconclusive(REASON_FILTERED, s,
					    "no answer to a SYN that crosses the client's");
	}
	if (a->seg.ack != d->iss + 1 || a->seg.seq != d->isn)
		return finding_fail(s, a, "the numbers in the client's SYN-ACK are wrong");
	for (rst = a; (rst = find_in(d, rst, is_spoken, NS_NEVER));)
		if (!(rst->seg.flags & TCP_SYN))
			return finding_pass(a, rst,
					    "the client opens after a SYN that crosses its own");
	return finding_inconclusive(REASON_CLOSED, a, "no segment after the client's SYN-ACK");
}

/* After a reset in SYN-RECEIVED, a later SYN shows if the client is in LISTEN. */
static struct finding forgets_to_listen(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a = find_in(d, d->syn, is_syn_ack, NS_NEVER), *rst, *s, *answer;

	rst = a ? find_out(d, a, is_rst, NS_NEVER) : NULL;
	s = rst ? find_out(d, rst, is_syn, NS_NEVER) : NULL;
	if (!s)
		return finding_none();
	answer = find_in(d, s, is_syn_ack, NS_NEVER);
	if (answer)
		return finding_fail(s, answer, "the client is in LISTEN after its open was reset");
	answer = find_in(d, s, is_rst, NS_NEVER);
	if (answer)
		return finding_pass(s, answer, "the client is in CLOSED after its open was reset");
	return finding_inconclusive(REASON_FILTERED, s,
				    "no answer to a SYN after the open was reset");
}

const struct requirement judge_handshake[] = {
	{"MUST-3", 9293, "3.1", LEVEL_MUST,
	 "The client MUST discard a segment with an invalid checksum.",
	 "hdr-bad-cksum, hdr-zero-cksum", .check = checks_checksum},
	{"MUST-4", 9293, "3.1", LEVEL_MUST, "The client MUST support the options EOL, NOP and MSS.",
	 "opt-nop-flood, opt-eol-early", .check = knows_eol_nop_mss},
	{"MUST-5", 9293, "3.1", LEVEL_MUST, "The client MUST accept options in any segment.",
	 "opt-everywhere", .check = takes_options_anywhere},
	{"MUST-6", 9293, "3.1", LEVEL_MUST, "The client MUST ignore unknown options.",
	 "opt-unknown, opt-exp", .check = ignores_unknown},
	{"MUST-7", 9293, "3.1", LEVEL_MUST,
	 "The client MUST handle an illegal option length without crashing.",
	 "opt-len-zero, opt-len-one, opt-overrun, mss-bad-len, ws-bad-len",
	 .check = survives_illegal_length},
	{"MUST-64", 9293, "3.1", LEVEL_MUST,
	 "The client MUST accept options at any octet boundary.", "opt-unaligned",
	 .check = takes_unaligned},
	{"MUST-30", 9293, "3.8.5", LEVEL_MUST,
	 "The client MUST support urgent data of any length (MUST-31).",
	 "urg-synack, urg-zero, urg-beyond", .check = bears_urgent},
	{"MUST-50", 9293, "3.9.2", LEVEL_MUST, "The client MUST ignore unknown IP options.",
	 "ip-options", .check = ignores_ip_options},
	{"MUST-10", 9293, "3.5", LEVEL_MUST, "The client MUST support simultaneous open.",
	 "sim-open, split-syn", .check = opens_both_ways},
	{"MUST-11", 9293, "3.5", LEVEL_MUST,
	 "After a reset of an active open, the client MUST be in CLOSED, not in LISTEN.",
	 "sim-open-rst-syn", .check = forgets_to_listen},
	{0},
};
