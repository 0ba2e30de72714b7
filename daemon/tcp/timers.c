/* SPDX-License-Identifier: MIT */
#include "tcp/timers.h"

#include "tcp/deadlines.h"
#include "tcp/output.h"
#include "tcp/sender.h"
#include "tcp/transition.h"

#define KEEPALIVE_STEP (75 * NS_PER_S) /* interval of probes */

void tcp_syn_again(struct tcp_conn *c, nstime now, struct plan *plan)
{
	/* Once R2 has elapsed, the timer must expire, so it is not moved. */
	if (now - c->unacked_since < c->settings->r2_syn)
		c->deadline[TIMER_RETRANSMIT] = now + tcp_backed_off(c);
	c->rtt_sent_at = NS_NEVER;
	tcp_out_syn(c, now, plan);
}

/* RFC 6298 5.4 to 5.7, RFC 5681 3.1 (4). */
static void retransmit(struct tcp_conn *c, nstime now, struct plan *plan)
{
	bool opening = c->f.state == STATE_SYN_SENT || c->f.state == STATE_SYN_RECEIVED;
	nstime limit = opening ? c->settings->r2_syn : c->settings->r2;

	if (now - c->unacked_since >= limit) {
		tcp_set_state(c, STATE_CLOSED, now, plan); /* MUST-20: R2 has elapsed */
		return;
	}
	if (c->backoff < UINT8_MAX)
		c->backoff++;
	c->deadline[TIMER_RETRANSMIT] = now + tcp_backed_off(c);
	if (opening) {
		c->rtt_sent_at = NS_NEVER;
		tcp_out_syn(c, now, plan);
		return;
	}
	if (!c->sent_by_timer)
		c->ssthresh = tcp_half_flight(c);
	c->sent_by_timer = true;
	/* The ACK of the oldest octet clocks out the others, as the window allows. */
	tcp_go_back(c);
	c->cwnd = tcp_effective_mss(c);
	c->recover = c->snd_max;
	tcp_window_reduced(c);
	tcp_out_again(c, now, plan);
}

/* MUST-37: the connection remains while the client answers probes, even if its window stays
 * closed. */
static void persist(struct tcp_conn *c, nstime now, struct plan *plan)
{
	if (c->snd_wnd) {
		tcp_out_override(c, now, plan);
		return;
	}
	if (c->probe_since <= c->heard_at) {
		c->probe_since = now;
	} else if (now - c->probe_since >= c->settings->r2) {
		tcp_set_state(c, STATE_CLOSED, now, plan);
		return;
	}
	if (c->backoff < UINT8_MAX)
		c->backoff++;
	c->deadline[TIMER_PERSIST] = now + tcp_backed_off(c);
	tcp_out_probe(c, now, plan);
}

/* RFC 9293 3.8.4: probes after an idle time, until R2 has elapsed. The client may have sent
 * segments since the timer was started. */
static void keepalive(struct tcp_conn *c, nstime now, struct plan *plan)
{
	nstime idle = c->settings->keepalive, silence = now - c->heard_at;
	nstime step = idle < KEEPALIVE_STEP ? idle : KEEPALIVE_STEP;

	if (silence < idle) {
		c->deadline[TIMER_KEEPALIVE] = c->heard_at + idle;
	} else if (c->snd_una != c->snd_max) {
		/* MUST-26: the retransmissions serve as probes, and have their own R2. */
		c->deadline[TIMER_KEEPALIVE] = now + step;
	} else if (silence - idle >= c->settings->r2) {
		tcp_set_state(c, STATE_CLOSED, now, plan);
	} else {
		c->deadline[TIMER_KEEPALIVE] = now + step;
		tcp_out_keepalive(c, now, plan);
	}
}

/* Returns true if the timer has expired, and stops it. */
static bool due(struct tcp_conn *c, enum tcp_timer which, nstime now)
{
	if (c->deadline[which] > now)
		return false;
	c->deadline[which] = NS_NEVER;
	return true;
}

void tcp_timers(struct tcp_conn *c, nstime now, struct plan *plan)
{
	if (due(c, TIMER_RETRANSMIT, now))
		retransmit(c, now, plan);
	if (due(c, TIMER_PERSIST, now))
		persist(c, now, plan);
	if (due(c, TIMER_ACK, now))
		tcp_out_ack(c, now, plan);
	if (due(c, TIMER_KEEPALIVE, now))
		keepalive(c, now, plan);
	due(c, TIMER_PACE, now); /* the TURN step sends the next portion */
	if (due(c, TIMER_LINGER, now))
		tcp_set_state(c, STATE_CLOSED, now, plan);
}
