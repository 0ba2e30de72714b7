/* SPDX-License-Identifier: MIT */
/* Explicit congestion notification: RFC 3168, and the offer of RFC 9768. */
#include "judge/clauses.h"
#include "judge/look.h"

#define NOT_ECT 0
#define CE      3
#define BOTH    (TCP_ECE | TCP_CWR)

static uint8_t ip_ecn(const struct arrow *a)
{
	return a->seg.tos & TOS_ECN;
}

/* It asks for classic ECN: both bits on its SYN, and not the third. */
static bool offers(const struct dialog *d)
{
	return d->syn && (d->syn->seg.flags & BOTH) == BOTH && !(d->syn->seg.reserved & 1);
}

static bool offers_accurate(const struct dialog *d)
{
	return d->syn && (d->syn->seg.flags & BOTH) == BOTH && d->syn->seg.reserved & 1;
}

/* The first of its segments that says it can be marked. */
static const struct arrow *find_ect(const struct dialog *d, bool (*fits)(const struct arrow *a))
{
	const struct arrow *a = NULL;

	while ((a = find_in(d, a, fits, NS_NEVER)))
		if (ip_ecn(a) != NOT_ECT)
			return a;
	return NULL;
}

static bool is_new_data(const struct arrow *a)
{
	return is_data(a) && a->seg.seq == a->before.snd_max;
}

/* Octets again, an ACK alone, or a window probe. */
static bool is_old_or_empty(const struct arrow *a)
{
	return is_ack(a) || (is_data(a) && seq_lt(a->seg.seq, a->before.snd_max)) ||
	       (is_data(a) && a->seg.len == 1 && a->before.given && !a->before.our_window);
}

static struct finding reads_setup(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a;

	if (!d->open || !d->syn)
		return finding_none();
	if (!offers(d))
		return finding_inconclusive(REASON_NOT_NEGOTIATED, d->syn, "it does not offer ECN");
	a = find_in(d, d->open, is_new_data, NS_NEVER);
	if (!a)
		return finding_inconclusive(REASON_NO_DATA, d->open, "it sent no octets");
	if ((d->answer->seg.flags & BOTH) == BOTH && find_ect(d, is_data))
		return finding_fail(d->answer, find_ect(d, is_data),
				    "it takes its own bits, reflected, for an agreement");
	if ((d->answer->seg.flags & BOTH) == TCP_ECE)
		return finding_pass(d->answer, a,
				    ip_ecn(a) == NOT_ECT
					    ? "ECN was agreed on, and it makes no use of it"
					    : "ECN was agreed on");
	return finding_pass(d->answer, a, "ECN was not agreed on, nor used");
}

static struct finding marks_if_agreed(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a, *data;

	if (!d->open || d->ecn || offers_accurate(d))
		return finding_none();
	data = find_in(d, d->open, is_data, NS_NEVER);
	a = find_ect(d, is_data);
	if (a && (d->answer->seg.flags & BOTH) != BOTH)
		return finding_fail(d->answer, a, "it marks octets as capable of ECN unasked");
	if (!data)
		return finding_inconclusive(REASON_NO_DATA, d->open, "it sent no octets");
	return finding_pass(d->answer, data, "nothing is marked, as nothing was agreed on");
}

/* Our ACK said ECE: new octets say CWR, once. */
static struct finding says_cwr(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = d->open, *a, *first;

	if (!d->open || !d->ecn)
		return finding_none();
	while ((s = find_out(d, s, is_ack, NS_NEVER)))
		if (s->seg.flags & TCP_ECE)
			break;
	if (!s)
		return finding_none();
	for (a = s, first = NULL; (a = find_in(d, a, is_new_data, NS_NEVER));) {
		if (a->seg.flags & TCP_CWR)
			return finding_pass(s, a, "CWR after ECE");
		if (a->when - s->when < slack(d, s))
			continue; /* it had left before */
		first = first ? first : a;
		if (a != first && seq_lt(arrow_end(first), a->before.una))
			break;
	}
	if (!first)
		return finding_inconclusive(REASON_NO_DATA, s, "it had nothing more to send");
	return finding_fail(s, first, "no CWR after ECE");
}

/* We were marked: its ACKs say ECE until our octets say CWR. */
static struct finding echoes_until_cwr(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = d->open, *a, *cwr;

	if (!d->open || !d->ecn)
		return finding_none();
	while ((s = find_out(d, s, is_data, NS_NEVER)))
		if (ip_ecn(s) == CE)
			break;
	if (!s)
		return finding_none();
	for (cwr = s; (cwr = find_out(d, cwr, is_data, NS_NEVER));)
		if (cwr->seg.flags & TCP_CWR)
			break;
	a = find_in(d, s, is_spoken, cwr ? cwr->when : NS_NEVER);
	while (a && seq_leq(a->seg.ack, s->seg.seq))
		a = find_in(d, a, is_spoken, cwr ? cwr->when : NS_NEVER);
	if (!a)
		return finding_inconclusive(REASON_CLOSED, s, "no ACK came of what was marked");
	for (; a; a = find_in(d, a, is_spoken, cwr ? cwr->when : NS_NEVER))
		/* Behind our FIN there is nothing that we could send more slowly. */
		if (!(a->seg.flags & TCP_ECE) && !a->before.our_fin)
			return finding_fail(s, a, "an ACK without ECE, before our CWR");
	return finding_pass(s, cwr, "ECE on its ACKs until our CWR");
}

static struct finding marks_new_octets_only(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a, *marked;

	if (!d->open || !d->ecn)
		return finding_none();
	a = find_ect(d, is_old_or_empty);
	if (a)
		return finding_fail(d->answer, a, "%s marked as capable of ECN",
				    is_ack(a) ? "an ACK alone is" : "octets sent again are");
	marked = find_ect(d, is_new_data);
	if (!marked)
		return finding_inconclusive(REASON_NO_DATA, d->answer, "it marks nothing at all");
	return finding_pass(d->answer, marked, "new octets alone are marked");
}

/* --- RFC 9768 --------------------------------------------------------------------------------- */

/* What the ACE field of the last ACK of the handshake says of the mark on the SYN-ACK. */
static uint8_t ace_of(const struct arrow *a)
{
	return (uint8_t)((a->seg.reserved & 1) << 2 | !!(a->seg.flags & TCP_CWR) << 1 |
			 !!(a->seg.flags & TCP_ECE));
}

static struct finding codes_the_mark(const struct hearing *h)
{
	/* Table 3 of RFC 9768 3.2.2.1: Not-ECT, ECT(1), ECT(0), CE. */
	static const uint8_t code[] = {2, 3, 4, 6};
	const struct dialog *d = h->d;

	if (!d->open || !offers_accurate(d))
		return finding_none();
	if (d->answer->seg.flags & TCP_ECE && !(d->answer->seg.flags & TCP_CWR) &&
	    !(d->answer->seg.reserved & 1))
		return finding_none(); /* classic ECN was agreed on */
	if (!((d->answer->seg.flags & BOTH) || d->answer->seg.reserved & 1) ||
	    ((d->answer->seg.flags & BOTH) == BOTH && d->answer->seg.reserved & 1))
		return finding_none();
	if (ace_of(d->open) != code[ip_ecn(d->answer)])
		return finding_fail(d->answer, d->open, "its ACK codes %u for a SYN-ACK marked %u",
				    ace_of(d->open), ip_ecn(d->answer));
	return finding_pass(d->answer, d->open, "its ACK says how the SYN-ACK was marked");
}

static struct finding gives_up_when_reflected(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a;

	if (!d->open || !offers_accurate(d) || (d->answer->seg.flags & BOTH) != BOTH ||
	    !(d->answer->seg.reserved & 1))
		return finding_none();
	a = find_ect(d, is_data);
	if (a)
		return finding_fail(d->answer, a,
				    "its offer came back reflected, and it marks octets");
	a = find_in(d, d->open, is_data, NS_NEVER);
	if (!a)
		return finding_inconclusive(REASON_NO_DATA, d->open, "it sent no octets");
	return finding_pass(d->answer, a, "its offer came back reflected, and it marks nothing");
}

const struct requirement judge_ecn[] = {
	{"R3168-6.1.1", 3168, "6.1.1", LEVEL_MUST,
	 "ECN is agreed on by a SYN-ACK with ECE and without CWR.", "ecn-agree, ecn-reflect",
	 .check = reads_setup},
	{"R3168-6.1.1b", 3168, "6.1.1", LEVEL_MUST,
	 "Without an agreement no octets are marked as capable of ECN.", "send",
	 .check = marks_if_agreed},
	{"R3168-6.1.2", 3168, "6.1.2", LEVEL_MUST, "ECE is answered with CWR on new octets.",
	 "ecn-ece-hold", .check = says_cwr},
	{"R3168-6.1.3", 3168, "6.1.3", LEVEL_MUST,
	 "What was marked is echoed by ECE until CWR comes.", "ip-ce", .check = echoes_until_cwr},
	{"R3168-6.1.4-6", 3168, "6.1.4", LEVEL_MUST,
	 "ACKs alone, octets sent again and window probes are not marked as capable of ECN.",
	 "ecn-loss", .check = marks_new_octets_only},
	{"R9768-1", 9768, "3.2.2.1", LEVEL_MUST,
	 "With accurate ECN the last ACK of the handshake says how the SYN-ACK was marked.",
	 "ip-ect-synack, ip-ect1-synack, ip-ce-synack", .check = codes_the_mark},
	{"R9768-2", 9768, "3.1.2", LEVEL_MUST,
	 "An offer of accurate ECN that comes back as it was is no agreement.", "accecn-broken",
	 .check = gives_up_when_reflected},
	{0},
};
