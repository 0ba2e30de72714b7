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

/* Trims the octets outside the window, and a SYN or FIN there. Octets after a gap remain: "Segments
 * with higher beginning sequence numbers SHOULD be held". */
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

/* RFC 9293 3.8.6.3 and RFC 5681 4.2: the ACK of octets in order may wait, but not once more than
 * one full segment is unacknowledged. */
static void ack_later(struct tcp_conn *c, nstime now)
{
	if (!c->settings->delayed_ack ||
	    c->rcv_nxt - c->last_ack_sent > mss_told(c->settings, c->f.v4, c->link_mss))
		c->ack_owed = true;
	else if (c->deadline[TIMER_ACK] == NS_NEVER)
		c->deadline[TIMER_ACK] = now + c->settings->delayed_ack;
}

/* Notes octets of a segment that an island already covers (RFC 2883 4.1). Of two such ranges, the
 * first is reported (4.2.3); it may be left of the window. */
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
		c->ack_owed = c->ack_owed || a->seg->len; /* all of it was a duplicate */
		return;
	}
	if (c->user_gone) {
		tcp_out_reset(c, now, plan);
		tcp_set_state(c, STATE_CLOSED, now, plan);
		return;
	}
	offset = a->seq - c->rcv_nxt + (uint32_t)c->recvq.ready;
	note_overlap(c, a, offset);
	/* A FIN in order takes precedence over octets after it that arrived out of order. */
	if (a->fin && a->seq == c->rcv_nxt)
		recvq_cut(&c->recvq, offset + a->len);
	grown = recvq_put(&c->recvq, offset, a->payload, a->len);
	c->rcv_nxt += (uint32_t)grown;
	c->octets_in += grown;
	if (c->f.state == STATE_FIN_WAIT_2)
		tcp_linger(c, now);
	/* RFC 5681 4.2: an ACK is sent at once for octets out of order (alone, to count as a
	 * duplicate ACK) and for octets that fill a gap. */
	a->ack_now = !grown || c->recvq.ranges || c->dsack_from != c->dsack_to;
	if (gaps)
		c->ack_owed = true;
	else if (!a->ack_now)
		ack_later(c, now);
}

/* Updates the known end of the client's stream. Segments that contradict each other are not all
 * from the client, and the client retransmits unacknowledged octets. So a FIN out of order is
 * ignored if octets after it were received or arrive later, or if another FIN arrives. */
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

/* Eighth check: the FIN, at once or when all octets before it have arrived (SHLD-31). */
static void take_fin(struct tcp_conn *c, struct arrival *a, nstime now, struct plan *plan)
{
	if (a->fin && a->seq + a->len == c->rcv_nxt)
		recvq_cut(&c->recvq, (uint32_t)c->recvq.ready);
	note_fin(c, a);
	if (!c->fin_seen || c->fin_seq != c->rcv_nxt) {
		/* Out of order: acknowledged at once, like octets. */
		a->ack_now = a->ack_now || a->fin;
		return;
	}
	c->fin_received = true;
	c->rcv_nxt++;
	c->rcv_adv++; /* it takes no space in the buffer */
	c->ack_owed = true;
	switch ((enum tcp_state)c->f.state) {
	case STATE_ESTABLISHED: tcp_set_state(c, STATE_CLOSE_WAIT, now, plan); break;
	case STATE_FIN_WAIT_1: tcp_set_state(c, STATE_CLOSING, now, plan); break;
	case STATE_FIN_WAIT_2: tcp_set_state(c, STATE_TIME_WAIT, now, plan); break;
	default: break;
	}
	a->ack_now = !c->settings->fin_ack_merged || c->f.state != STATE_CLOSE_WAIT;
}

/*
 * No text may follow the client's FIN: it is ignored and acknowledged. TIME-WAIT also acknowledges
 * an empty segment that is not at RCV.NXT; if it acknowledged one at RCV.NXT, two TCPs would
 * acknowledge each other's ACKs forever. A FIN at RCV.NXT restarts the 2 MSL timeout, as a
 * retransmitted FIN does.
 */
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
	/* Without memory the text is lost, and so is the FIN after it. */
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
