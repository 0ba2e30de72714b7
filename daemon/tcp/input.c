/* SPDX-License-Identifier: MIT */
/* SEGMENT ARRIVES, RFC 9293 3.10.7.3 (SYN-SENT) and 3.10.7.4 (other states). One function per
 * check, in the order of the RFC. Flags are tested as bits, never as exact sets. */
#include "tcp/input.h"

#include "tcp/ack_input.h"
#include "tcp/output.h"
#include "tcp/segment_out.h"
#include "tcp/sender.h"
#include "tcp/text_input.h"
#include "tcp/time_wait.h"
#include "tcp/timers.h"
#include "tcp/transition.h"

#define TS_RECENT_VALID (24 * 86400 * NS_PER_S) /* RFC 7323 5.5 */

static bool in_window(const struct tcp_conn *c, uint32_t seq)
{
	return seq - c->rcv_nxt < c->rcv_adv - c->rcv_nxt;
}

/* Returns true if `seq` is after the right edge, but within the edge that we advertised before we
 * shrank the window. A conforming client may have sent up to there; Linux then remains at that
 * edge. */
static bool was_in_window(const struct tcp_conn *c, uint32_t seq)
{
	return c->rcv_taken_back && seq - c->rcv_adv <= c->rcv_taken_back;
}

/* First check: SEG.SEQ and SEG.LEN against the window, the four cases of table 6. The octets of an
 * RST do not count: RFC 5961 3.2, and the "special allowance" for a closed window. */
static bool acceptable(const struct tcp_conn *c, const struct segment *seg)
{
	uint32_t len = seg->flags & TCP_RST ? 0 : segment_seq_len(seg);

	if (len == 0 && was_in_window(c, seg->seq))
		return true;
	if (c->rcv_adv == c->rcv_nxt)
		return len == 0 && seg->seq == c->rcv_nxt;
	return in_window(c, seg->seq) || (len && in_window(c, seg->seq + len - 1));
}

/* RFC 7323: 5.3 R1 (PAWS), and 3.2 (the negotiated option is missing). RSTs are exempt. A TS.Recent
 * older than half the cycle of the clock is not comparable (5.5). */
static bool timestamps_fit(const struct tcp_conn *c, const struct arrival *a, nstime now)
{
	if (!c->ts_ok || a->seg->flags & TCP_RST)
		return true;
	/* The SYN of a restarted client may lack the option: RFC 5961 4.2 applies to it. */
	if (!a->options.has_ts)
		return a->seg->flags & TCP_SYN;
	return !seq_lt(a->options.ts_val, c->ts_recent) || now - c->ts_recent_at > TS_RECENT_VALID;
}

/* RFC 7323 5.3 R3: TS.Recent follows segments at the left edge of the last ACK sent. */
static void timestamps_note(struct tcp_conn *c, const struct arrival *a, nstime now)
{
	if (!c->ts_ok || !a->options.has_ts || !seq_leq(a->seg->seq, c->last_ack_sent))
		return;
	c->ts_recent = a->options.ts_val;
	c->ts_recent_at = now;
}

/* RFC 3168 6.1.3: ECE is sent from the first segment with CE until one with CWR. */
static void ecn_note(struct tcp_conn *c, const struct segment *seg)
{
	if (!c->ecn_ok)
		return;
	if (seg->flags & TCP_CWR)
		c->ecn_echo = false;
	if ((seg->tos & 3) == 3)
		c->ecn_echo = true;
}

/* Answers with an ACK that shows our state. Two ends that disagree could answer each other forever,
 * so ACKs in answer to empty segments and SYNs are limited as challenge ACKs (RFC 5961 4.2, 7). */
static void refuse(struct tcp_conn *c, const struct segment *seg, nstime now, struct plan *plan)
{
	if (!(seg->flags & TCP_SYN) && segment_seq_len(seg))
		tcp_out_ack(c, now, plan);
	else
		tcp_out_challenge(c, now, plan);
}

static bool is_same_syn(const struct tcp_conn *c, const struct segment *seg)
{
	return c->f.state == STATE_SYN_RECEIVED && seg->seq == c->irs &&
	       (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

/* Answers a retransmitted SYN, whatever octets it carries, with the SYN-ACK: the same deviation
 * from the RFC as in tcp_half_segment(). The latest SYN decides on ECN (RFC 3168 6.1.1.1). */
static void same_syn(struct tcp_conn *c, const struct arrival *a, nstime now, struct plan *plan)
{
	uint8_t ecn_setup = TCP_ECE | TCP_CWR;

	if ((a->seg->flags & ecn_setup) != ecn_setup)
		c->ecn_ok = false;
	c->syn = marks_of(a->seg, &a->options);
	timestamps_note(c, a, now);
	tcp_syn_again(c, now, plan);
}

/* Processes a segment that fails the first check. Returns true if its ACK field is still
 * processed. */
static bool not_acceptable(struct tcp_conn *c, const struct segment *seg, nstime now,
			   struct plan *plan)
{
	bool at_limit = seg->seq == c->rcv_nxt - 1;
	uint32_t first = seg->seq + !!(seg->flags & TCP_SYN); /* number of the first octet */

	if (seg->flags & TCP_RST)
		return false;
	if (seg->len && seq_leq(first + seg->len, c->rcv_nxt))
		tcp_note_duplicate(c, first, first + seg->len);
	/* The client retransmits its FIN: our ACK was lost (eighth check, TIME-WAIT). */
	if (c->f.state == STATE_TIME_WAIT && seg->flags & TCP_FIN &&
	    seg->seq + segment_seq_len(seg) == c->rcv_nxt)
		c->deadline[TIMER_LINGER] = now + c->settings->time_wait;
	refuse(c, seg, now, plan);
	/* A SYN starts another connection: its ACK field is not processed (RFC 5961 4.2). */
	if (seg->flags & TCP_SYN && state_synchronised(c->f.state))
		return false;
	/* Appendix A.2; and a closed window still accepts ACKs. */
	return at_limit || was_in_window(c, seg->seq) ||
	       (c->rcv_adv == c->rcv_nxt && seg->seq == c->rcv_nxt);
}

static bool check_sequence(struct tcp_conn *c, struct arrival *a, nstime now, struct plan *plan)
{
	const struct segment *seg = a->seg;

	if (!timestamps_fit(c, a, now)) {
		if (a->options.has_ts)
			refuse(c, seg, now, plan); /* R1; without the option: discarded silently */
		return false;
	}
	if (is_same_syn(c, seg)) {
		same_syn(c, a, now, plan);
		return false;
	}
	if (!acceptable(c, seg)) {
		a->ack_only = true;
		return not_acceptable(c, seg, now, plan);
	}
	return true;
}

static bool check_rst(struct tcp_conn *c, const struct segment *seg, nstime now, struct plan *plan)
{
	if (!(seg->flags & TCP_RST))
		return true;
	/* RFC 5961 3.2: the exact number resets; a number in the window draws a challenge ACK. */
	if (seg->seq == c->rcv_nxt)
		tcp_set_state(c, STATE_CLOSED, now, plan);
	else
		tcp_out_challenge(c, now, plan);
	return false;
}

static bool check_syn(struct tcp_conn *c, const struct segment *seg, nstime now, struct plan *plan)
{
	if (!(seg->flags & TCP_SYN))
		return true;
	if (c->f.state == STATE_SYN_RECEIVED && !c->active)
		tcp_set_state(c, STATE_CLOSED, now, plan); /* back to LISTEN */
	else
		tcp_out_challenge(c, now, plan); /* RFC 5961 4.2 */
	return false;
}

/* SYN-RECEIVED: the ACK of our SYN changes the state to ESTABLISHED. */
static bool open_passive(struct tcp_conn *c, const struct arrival *a, nstime now, struct plan *plan)
{
	const struct segment *seg = a->seg;

	if (!seq_lt(c->snd_una, seg->ack) || seq_lt(c->snd_max, seg->ack)) {
		if (!a->ack_only)
			reset_out(plan, seg);
		return false;
	}
	c->snd_wnd = tcp_window_of(c, seg);
	c->snd_wnd_max = c->snd_wnd > c->snd_wnd_max ? c->snd_wnd : c->snd_wnd_max;
	c->snd_wl1 = seg->seq;
	c->snd_wl2 = seg->ack;
	tcp_set_state(c, STATE_ESTABLISHED, now, plan);
	if (c->fin_sent)
		tcp_set_state(c, STATE_FIN_WAIT_1, now, plan);
	tcp_text_dequeue(c, now, plan);
	return true;
}

/* The ACK of our FIN changes the state. */
static void fin_acked(struct tcp_conn *c, nstime now, struct plan *plan)
{
	switch ((enum tcp_state)c->f.state) {
	case STATE_FIN_WAIT_1: tcp_set_state(c, STATE_FIN_WAIT_2, now, plan); break;
	case STATE_CLOSING: tcp_set_state(c, STATE_TIME_WAIT, now, plan); break;
	case STATE_LAST_ACK: tcp_set_state(c, STATE_CLOSED, now, plan); break;
	default: break;
	}
}

/* The ACK field is acceptable, too. Other fields do not count before this check, as an attacker
 * only has to hit the window. RFC 7323 5.3 R3 alone would let TS.Recent follow a segment with an
 * unacceptable ACK, and PAWS would then discard all segments of the client. */
static void heard_client(struct tcp_conn *c, const struct arrival *a, nstime now)
{
	c->heard_at = now;
	if (a->ack_only)
		return;
	timestamps_note(c, a, now);
	ecn_note(c, a->seg);
}

static bool check_ack(struct tcp_conn *c, const struct arrival *a, nstime now, struct plan *plan)
{
	const struct segment *seg = a->seg;

	if (!(seg->flags & TCP_ACK))
		return false;
	if (c->f.state == STATE_SYN_RECEIVED && !open_passive(c, a, now, plan))
		return false;
	/* RFC 5961 5.2: older than any window of the client, or for octets that were never sent. */
	if (seq_lt(seg->ack, c->snd_una - c->snd_wnd_max) || seq_lt(c->snd_max, seg->ack)) {
		if (!a->ack_only)
			tcp_out_challenge(c, now, plan);
		return false;
	}
	heard_client(c, a, now);
	if (!seq_lt(seg->ack, c->snd_una))
		tcp_acked(c, seg, &a->options, now, plan);
	if (tcp_fin_acked(c))
		fin_acked(c, now, plan);
	return c->f.state != STATE_CLOSED;
}

static void input_synchronised(struct tcp_conn *c, struct arrival *a, nstime now, struct plan *plan)
{
	if (!check_sequence(c, a, now, plan))
		return;
	if (!a->ack_only && (!check_rst(c, a->seg, now, plan) || !check_syn(c, a->seg, now, plan)))
		return;
	if (!check_ack(c, a, now, plan) || a->ack_only)
		return;
	/* Sixth check: the urgent pointer is ignored; urgent octets are delivered in line. */
	if (segment_seq_len(a->seg) || c->fin_received) /* otherwise there is no text */
		tcp_text(c, a, now, plan);
}

/* RFC 3168 6.1.1, the answer to our offer: a SYN with the offer, or a SYN-ACK with ECE alone. A
 * SYN-ACK with CWR or AE answers an AccECN offer, which we did not make (RFC 9768 3.1.2). */
static bool ecn_agreed(const struct segment *seg)
{
	uint8_t ecn = seg->flags & (TCP_ECE | TCP_CWR);

	if (!(seg->flags & TCP_ACK))
		return ecn == (TCP_ECE | TCP_CWR);
	return ecn == TCP_ECE && !(seg->reserved & 1);
}

/* After an active open: negotiates with the SYN or SYN-ACK of the peer. */
static void learn_syn(struct tcp_conn *c, const struct arrival *a, nstime now)
{
	const struct tcp_settings *s = c->settings;
	const struct options *o = &a->options;
	const struct segment *seg = a->seg;

	c->syn = marks_of(seg, o);
	c->irs = seg->seq;
	c->rcv_nxt = c->last_ack_sent = seg->seq + 1;
	c->rcv_adv = c->rcv_nxt + (c->rcv_buffer < UINT16_MAX ? c->rcv_buffer : UINT16_MAX);
	c->wscale_ok =
		o->has_wscale && s->window_scaling && syn_options_has(&s->options, SYN_OPT_WSCALE);
	c->snd_wscale = !c->wscale_ok ? 0 : o->wscale < WSCALE_MAX ? o->wscale : WSCALE_MAX;
	c->sack_ok = o->sack_permitted && s->sack && syn_options_has(&s->options, SYN_OPT_SACK);
	c->ts_ok = o->has_ts && s->timestamps && syn_options_has(&s->options, SYN_OPT_TS);
	c->ts_recent = c->ts_ok ? o->ts_val : 0;
	c->ts_recent_at = c->heard_at = now;
	c->ecn_ok = s->ecn == ECN_OFFER && ecn_agreed(seg);
	tcp_set_mss(c, o->has_mss ? o->mss : 0);
	c->snd_wnd = c->snd_wnd_max = seg->window; /* never scaled in a SYN */
	c->snd_wl1 = seg->seq;
	c->snd_wl2 = seg->ack;
}

/* SYN-SENT: RFC 9293 3.10.7.3. */
static void input_syn_sent(struct tcp_conn *c, struct arrival *a, nstime now, struct plan *plan)
{
	const struct segment *seg = a->seg;
	bool ack = seg->flags & TCP_ACK;

	/* First, check the ACK bit. */
	if (ack && (!seq_lt(c->iss, seg->ack) || seq_lt(c->snd_max, seg->ack))) {
		reset_out(plan, seg);
		return;
	}
	/* Second, check the RST bit: without an acceptable ACK, the segment is discarded. */
	if (seg->flags & TCP_RST) {
		if (ack)
			tcp_set_state(c, STATE_CLOSED, now, plan);
		return;
	}
	/* Fourth, check the SYN bit. Fifth, a segment without it is discarded. */
	if (!(seg->flags & TCP_SYN))
		return;
	learn_syn(c, a, now);
	if (ack) {
		tcp_set_state(c, STATE_ESTABLISHED, now, plan);
		if (c->fin_sent)
			tcp_set_state(c, STATE_FIN_WAIT_1, now, plan);
		tcp_acked(c, seg, &a->options, now, plan);
		if (tcp_fin_acked(c))
			fin_acked(c, now, plan);
		c->ack_owed = true; /* sent with the first octets, or alone */
		/* "If there are other controls or text", they are processed now. */
		tcp_text(c, a, now, plan);
		return;
	}
	/* Simultaneous open, figure 7: retransmit our SYN with an ACK. */
	tcp_text_queue(c, a);
	tcp_set_state(c, STATE_SYN_RECEIVED, now, plan);
	tcp_syn_again(c, now, plan);
}

void tcp_input(struct tcp_conn *c, const struct segment *seg, nstime now, struct plan *plan)
{
	struct arrival a = {.seg = seg};

	options_decode(seg->opt, seg->opt_len, &a.options);
	c->dsack_from = c->dsack_to; /* a DSACK reports only the latest segment: RFC 2883 4 */
	switch ((enum tcp_state)c->f.state) {
	case STATE_CLOSED:
	case STATE_LISTEN: break; /* tcp_closed() and tcp_listen() process these */
	case STATE_SYN_SENT: input_syn_sent(c, &a, now, plan); break;
	case STATE_TIME_WAIT:
		if (tcp_time_wait_verdict(c, seg) != TIME_WAIT_DROPS)
			input_synchronised(c, &a, now, plan);
		break;
	default: input_synchronised(c, &a, now, plan); break;
	}
}
