/* SPDX-License-Identifier: MIT */
/* ecn: clauses on ECN (RFC 3168) and on the offer of AccECN (RFC 9768). */
#include "judge/clauses.h"
#include "judge/look.h"

#define NOT_ECT 0
#define CE      3
#define BOTH    (TCP_ECE | TCP_CWR)

static uint8_t ip_ecn(const struct arrow *a)
{
	return a->seg.tos & TOS_ECN;
}

/* Returns true if the SYN offers classic ECN: ECE and CWR without AE. */
static bool offers(const struct dialog *d)
{
	return d->syn && (d->syn->seg.flags & BOTH) == BOTH && !(d->syn->seg.reserved & 1);
}

static bool offers_accurate(const struct dialog *d)
{
	return d->syn && (d->syn->seg.flags & BOTH) == BOTH && d->syn->seg.reserved & 1;
}

/* Returns the first ECN-capable segment of the client that fits, or NULL. */
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

/* Retransmitted data, a pure ACK, or a window probe. */
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
		return finding_inconclusive(REASON_NOT_NEGOTIATED, d->syn,
					    "the client does not offer ECN");
	a = find_in(d, d->open, is_new_data, NS_NEVER);
	if (!a)
		return finding_inconclusive(REASON_NO_DATA, d->open, "the client sent no data");
	if ((d->answer->seg.flags & BOTH) == BOTH && find_ect(d, is_data))
		return finding_fail(d->answer, find_ect(d, is_data),
				    "the client takes its reflected flags for an acceptance");
	if ((d->answer->seg.flags & BOTH) == TCP_ECE)
		return finding_pass(d->answer, a,
				    ip_ecn(a) == NOT_ECT
					    ? "ECN was negotiated; the client does not use it"
					    : "ECN was negotiated");
	return finding_pass(d->answer, a, "ECN was neither negotiated nor used");
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
		return finding_fail(d->answer, a, "data is ECN-capable without negotiation");
	if (!data)
		return finding_inconclusive(REASON_NO_DATA, d->open, "the client sent no data");
	return finding_pass(d->answer, data, "data is not ECN-capable, as ECN was not negotiated");
}

/* After ECE in an ACK of the responder, new data of the client has CWR, once. */
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
			continue; /* it had left before the ECE arrived */
		first = first ? first : a;
		if (a != first && seq_lt(arrow_end(first), a->before.una))
			break;
	}
	if (!first)
		return finding_inconclusive(REASON_NO_DATA, s,
					    "the client had no more data to send");
	return finding_fail(s, first, "no CWR after ECE");
}

/* After CE on a segment of the responder, the client's ACKs have ECE until the responder's data has
 * CWR. */
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
		return finding_inconclusive(REASON_CLOSED, s, "no ACK of the marked data");
	for (; a; a = find_in(d, a, is_spoken, cwr ? cwr->when : NS_NEVER))
		/* After the responder's FIN there is no data that it could slow down. */
		if (!(a->seg.flags & TCP_ECE) && !a->before.our_fin)
			return finding_fail(s, a, "an ACK without ECE before the responder's CWR");
	return finding_pass(s, cwr, "ACKs with ECE until the responder's CWR");
}

static struct finding marks_new_octets_only(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a, *marked;

	if (!d->open || !d->ecn)
		return finding_none();
	a = find_ect(d, is_old_or_empty);
	if (a)
		return finding_fail(d->answer, a, "%s ECN-capable",
				    is_ack(a) ? "a pure ACK is" : "a retransmission is");
	marked = find_ect(d, is_new_data);
	if (!marked)
		return finding_inconclusive(REASON_NO_DATA, d->answer, "no segment is ECN-capable");
	return finding_pass(d->answer, marked, "only new data is ECN-capable");
}

/* --- RFC 9768 --------------------------------------------------------------------------------- */

/* Returns the ACE field in the last ACK of the handshake, which encodes the mark of the SYN-ACK. */
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
		return finding_none(); /* classic ECN was negotiated */
	if (!((d->answer->seg.flags & BOTH) || d->answer->seg.reserved & 1) ||
	    ((d->answer->seg.flags & BOTH) == BOTH && d->answer->seg.reserved & 1))
		return finding_none();
	if (ace_of(d->open) != code[ip_ecn(d->answer)])
		return finding_fail(d->answer, d->open,
				    "the client's ACK encodes %u for a SYN-ACK marked %u",
				    ace_of(d->open), ip_ecn(d->answer));
	return finding_pass(d->answer, d->open, "the client's ACK reports the mark of the SYN-ACK");
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
				    "the offer was reflected; the client's data is ECN-capable");
	a = find_in(d, d->open, is_data, NS_NEVER);
	if (!a)
		return finding_inconclusive(REASON_NO_DATA, d->open, "the client sent no data");
	return finding_pass(d->answer, a,
			    "the offer was reflected; the client's data is not ECN-capable");
}

const struct requirement judge_ecn[] = {
	{"R3168-6.1.1", 3168, "6.1.1", LEVEL_MUST,
	 "The client MUST use ECN only after a SYN-ACK with ECE and without CWR.",
	 "ecn-agree, ecn-reflect", .check = reads_setup},
	{"R3168-6.1.1b", 3168, "6.1.1", LEVEL_MUST,
	 "Data MUST NOT be ECN-capable unless ECN was negotiated.", "send",
	 .check = marks_if_agreed},
	{"R3168-6.1.2", 3168, "6.1.2", LEVEL_MUST,
	 "The client MUST answer ECE with CWR on new data.", "ecn-ece-hold", .check = says_cwr},
	{"R3168-6.1.3", 3168, "6.1.3", LEVEL_MUST,
	 "The client MUST echo a CE mark as ECE until it receives CWR.", "ip-ce",
	 .check = echoes_until_cwr},
	{"R3168-6.1.4-6", 3168, "6.1.4", LEVEL_MUST,
	 "Pure ACKs, retransmissions and window probes MUST NOT be ECN-capable.", "ecn-loss",
	 .check = marks_new_octets_only},
	{"R9768-1", 9768, "3.2.2.1", LEVEL_MUST,
	 "With AccECN, the last ACK of the handshake MUST report the SYN-ACK's mark.",
	 "ip-ect-synack, ip-ect1-synack, ip-ce-synack", .check = codes_the_mark},
	{"R9768-2", 9768, "3.1.2", LEVEL_MUST,
	 "The client MUST NOT take a reflected offer of AccECN for an acceptance.", "accecn-broken",
	 .check = gives_up_when_reflected},
	{0},
};
