/* SPDX-License-Identifier: MIT */
#include "tcp/machine.h"

static nstime backed_off(const struct tcp_conn *c)
{
	nstime rto = c->rto;

	for (unsigned i = 0; i < c->backoff && rto < c->settings->rto_max; i++)
		rto *= 2;
	return rto < c->settings->rto_max ? rto : c->settings->rto_max;
}

/* RFC 6298 5.2, 5.3: something new was acknowledged, or sent with nothing else outstanding. */
void tcp_retransmit_restart(struct tcp_conn *c, nstime now)
{
	bool outstanding = c->snd_una != c->snd_max && c->snd_wnd;

	c->unacked_since = now;
	c->deadline[TIMER_RETRANSMIT] = outstanding ? now + backed_off(c) : NS_NEVER;
}

/* RFC 6298 5.4 to 5.7, RFC 5681 3.1 (4). */
static void retransmit(struct tcp_conn *c, nstime now, struct plan *plan)
{
	bool opening = c->f.state == STATE_SYN_SENT || c->f.state == STATE_SYN_RECEIVED;
	nstime limit = opening ? c->settings->r2_syn : c->settings->r2;
	uint32_t mss = tcp_effective_mss(c), flight = c->snd_max - c->snd_una;

	if (now - c->unacked_since >= limit) {
		tcp_set_state(c, STATE_CLOSED, now, plan); /* MUST-20: R2 is reached */
		return;
	}
	if (c->backoff < UINT8_MAX)
		c->backoff++;
	c->deadline[TIMER_RETRANSMIT] = now + backed_off(c);
	c->rtt_sent_at = NS_NEVER;
	if (opening) {
		tcp_out_syn(c, now, plan);
		return;
	}
	if (c->backoff == 1)
		c->ssthresh = flight / 2 > 2 * mss ? flight / 2 : 2 * mss;
	c->cwnd = mss;
	c->dup_acks = 0;
	c->recover = c->snd_max;
	/* Begin again from the oldest octet; what the window lets through follows its ACK. */
	tcp_out_again(c, now, plan);
	c->snd_nxt = c->snd_una + (flight < mss ? flight : mss);
}

static void persist(struct tcp_conn *c, nstime now, struct plan *plan)
{
	if (c->backoff < UINT8_MAX)
		c->backoff++;
	/* MUST-37: as long as probes are answered the connection stays, so R2 does not run. */
	c->deadline[TIMER_PERSIST] = now + backed_off(c);
	tcp_out_probe(c, now, plan);
}

void tcp_timers(struct tcp_conn *c, nstime now, struct plan *plan)
{
	if (c->deadline[TIMER_RETRANSMIT] <= now)
		retransmit(c, now, plan);
	if (c->deadline[TIMER_PERSIST] <= now)
		persist(c, now, plan);
	if (c->deadline[TIMER_LINGER] <= now)
		tcp_set_state(c, STATE_CLOSED, now, plan);
}
