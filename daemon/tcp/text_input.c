/* SPDX-License-Identifier: MIT */
#include "tcp/text_input.h"

#include "tcp/deadlines.h"
#include "tcp/output.h"
#include "tcp/segment_out.h"
#include "tcp/transition.h"

void tcp_note_duplicate(struct tcp_conn *c, uint32_t from, uint32_t to)
{
	if (!c->sack_ok || !seq_lt(from, to))
		return;
	c->dsack_from = from;
	c->dsack_to = to;
}

/* "Segments with higher beginning sequence numbers SHOULD be held", and what lies outside the
 * window is trimmed off, SYN and FIN with it. */
static void trim_to_window(struct tcp_conn *c, struct arrival *a)
{
	const struct segment *seg = a->seg;
	uint32_t before, room;

	a->seq = seg->seq + !!(seg->flags & TCP_SYN);
	a->payload = seg->payload;
	a->len = seg->len;
	a->fin = seg->flags & TCP_FIN;
	before = seq_lt(a->seq, c->rcv_nxt) ? c->rcv_nxt - a->seq : 0;
	before = before < a->len ? before : a->len;
	if (before) {
		tcp_note_duplicate(c, a->seq, a->seq + before);
		a->payload += before;
		a->len -= before;
		a->seq += before;
	}
	room = c->rcv_adv - a->seq;
	if (a->len + a->fin > room)
		a->fin = false;
	if (a->len > room)
		a->len = room;
}

/* RFC 9293 3.8.6.3 and RFC 5681 4.2: the ACK of octets that came in order may wait for company, but
 * more than one full segment never goes without. */
static void ack_later(struct tcp_conn *c, nstime now)
{
	if (!c->settings->delayed_ack ||
	    c->rcv_nxt - c->last_ack_sent > mss_told(c->settings, &c->f.key.client, c->link_mss))
		c->ack_owed = true;
	else if (c->deadline[TIMER_ACK] == NS_NEVER)
		c->deadline[TIMER_ACK] = now + c->settings->delayed_ack;
}

/* Octets of a segment that are there already, beyond a gap (RFC 2883 4.1). Of two such stretches
 * the first is reported (4.2.3), which may lie left of the window. */
static void note_overlap(struct tcp_conn *c, const struct arrival *a, uint32_t offset)
{
	uint32_t base = a->seq - offset, from, to;

	if (c->dsack_from == c->dsack_to &&
	    recvq_overlap(&c->recvq, offset, offset + a->len, &from, &to))
		tcp_note_duplicate(c, base + from, base + to);
}

/* Seventh check: the text. */
static void take_text(struct tcp_conn *c, struct arrival *a, nstime now, struct plan *plan)
{
	bool gaps = c->recvq.ranges;
	uint32_t offset;
	size_t grown;

	if (!a->len) {
		c->ack_owed = c->ack_owed || a->seg->len; /* all of it was a repeat */
		return;
	}
	if (c->user_gone) {
		tcp_out_reset(c, now, plan);
		tcp_set_state(c, STATE_CLOSED, now, plan);
		return;
	}
	offset = a->seq - c->rcv_nxt + (uint32_t)c->recvq.ready;
	note_overlap(c, a, offset);
	/* A FIN in order wins over octets behind it that came out of order. */
	if (a->fin && a->seq == c->rcv_nxt)
		recvq_cut(&c->recvq, offset + a->len);
	grown = recvq_put(&c->recvq, offset, a->payload, a->len);
	c->rcv_nxt += (uint32_t)grown;
	c->octets_in += grown;
	if (c->f.state == STATE_FIN_WAIT_2)
		tcp_linger(c, now);
	/* RFC 5681 4.2: at once, out of order (and alone, to count as a duplicate) or filling a
	 * gap. */
	a->ack_now = !grown || c->recvq.ranges || c->dsack_from != c->dsack_to;
	if (gaps)
		c->ack_owed = true;
	else if (!a->ack_now)
		ack_later(c, now);
}

/* Where the client's stream ends, as far as it is known. Segments that contradict each other are
 * not all the client's, and the client retransmits what is not acknowledged. So a FIN out of order
 * does not count when octets behind it are there or come later, nor once another FIN comes. */
static void note_fin(struct tcp_conn *c, const struct arrival *a)
{
	uint32_t reach = c->rcv_nxt + recvq_reach(&c->recvq) - (uint32_t)c->recvq.ready;
	uint32_t end = a->seq + a->len;

	if (a->fin && !seq_lt(end, reach)) {
		c->fin_seen = true;
		c->fin_seq = end;
	} else if (c->fin_seen && seq_lt(c->fin_seq, reach)) {
		c->fin_seen = false;
	}
}

/* Eighth check: the FIN, now or as soon as all octets before it are there (SHLD-31). */
static void take_fin(struct tcp_conn *c, struct arrival *a, nstime now, struct plan *plan)
{
	if (a->fin && a->seq + a->len == c->rcv_nxt)
		recvq_cut(&c->recvq, (uint32_t)c->recvq.ready);
	note_fin(c, a);
	if (!c->fin_seen || c->fin_seq != c->rcv_nxt) {
		a->ack_now = a->ack_now || a->fin; /* out of order, as octets would be */
		return;
	}
	c->fin_received = true;
	c->rcv_nxt++;
	c->rcv_adv++; /* it takes no place in the buffer */
	c->ack_owed = true;
	switch ((enum tcp_state)c->f.state) {
	case STATE_ESTABLISHED: tcp_set_state(c, STATE_CLOSE_WAIT, now, plan); break;
	case STATE_FIN_WAIT_1: tcp_set_state(c, STATE_CLOSING, now, plan); break;
	case STATE_FIN_WAIT_2: tcp_set_state(c, STATE_TIME_WAIT, now, plan); break;
	default: break;
	}
	a->ack_now = !c->settings->fin_ack_merged || c->f.state != STATE_CLOSE_WAIT;
}

/* Behind the client's FIN there is no text, so it is ignored, and an ACK says so. TIME-WAIT also
 * acknowledges an ACK that is not at RCV.NXT. Were one there acknowledged, two TCPs would do so
 * with each other's ACKs for ever. A FIN at RCV.NXT restarts the 2 MSL timeout, as the first one
 * again does. */
static void ignore_text(struct tcp_conn *c, const struct arrival *a, nstime now, struct plan *plan)
{
	if (c->f.state != STATE_TIME_WAIT) {
		c->ack_owed = c->ack_owed || segment_seq_len(a->seg);
		return;
	}
	if (segment_seq_len(a->seg) || a->seg->seq != c->rcv_nxt)
		tcp_out_challenge(c, now, plan);
	if (a->fin && a->seq + a->len == c->rcv_nxt)
		c->deadline[TIMER_LINGER] = now + c->settings->time_wait;
}

void tcp_text(struct tcp_conn *c, struct arrival *a, nstime now, struct plan *plan)
{
	trim_to_window(c, a);
	if (c->fin_received) {
		ignore_text(c, a, now, plan);
		return;
	}
	take_text(c, a, now, plan);
	if (c->f.state != STATE_CLOSED)
		take_fin(c, a, now, plan);
	if (a->ack_now)
		tcp_out_ack(c, now, plan);
}

void tcp_input_fast_open(struct tcp_conn *c, const struct segment *syn, nstime now,
			 struct plan *plan)
{
	uint32_t room = c->rcv_adv - c->rcv_nxt, len = syn->len < room ? syn->len : room;
	uint32_t taken = (uint32_t)recvq_put(&c->recvq, 0, syn->payload, len);

	c->fast_open = true;
	c->rcv_nxt += taken;
	c->rcv_adv += taken;
	c->octets_in += taken;
	tcp_out_syn(c, now, plan);
}

void tcp_text_queue(struct tcp_conn *c, struct arrival *syn)
{
	trim_to_window(c, syn);
	c->syn_text = (uint32_t)recvq_put(&c->recvq, 0, syn->payload, syn->len);
	/* Without memory the text is lost, and the FIN behind it. */
	if (syn->fin && c->syn_text == syn->len) {
		c->fin_seen = true;
		c->fin_seq = c->rcv_nxt + c->syn_text;
	}
}

void tcp_text_dequeue(struct tcp_conn *c, nstime now, struct plan *plan)
{
	struct arrival queued = {0};

	if (!c->syn_text && !c->fin_seen)
		return;
	c->rcv_nxt += c->syn_text;
	c->octets_in += c->syn_text;
	c->syn_text = 0;
	c->ack_owed = true;
	take_fin(c, &queued, now, plan);
	if (queued.ack_now)
		tcp_out_ack(c, now, plan);
}
