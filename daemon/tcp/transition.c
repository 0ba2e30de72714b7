/* SPDX-License-Identifier: MIT */
#include "tcp/transition.h"

#include "tcp/deadlines.h"
#include "tcp/sender.h"

/* The SYN was retransmitted. RFC 6298 5.7: the first timeout of data is then three seconds (that of
 * SYNs is one). RFC 5681 3.1: the initial window is then one segment. */
static void after_lost_syn(struct tcp_conn *c)
{
	c->rto = 3 * c->settings->rto_initial;
	c->backoff = 0;
	c->cwnd = tcp_effective_mss(c);
}

/* Sets timers and queues as the state requires, so that no transition can forget it. */
static void enter(struct tcp_conn *c, nstime now)
{
	switch ((enum tcp_state)c->f.state) {
	case STATE_ESTABLISHED:
		c->opened = now;
		if (c->backoff)
			after_lost_syn(c);
		if (c->settings->keepalive)
			c->deadline[TIMER_KEEPALIVE] = now + c->settings->keepalive;
		break;
	case STATE_FIN_WAIT_2: tcp_linger(c, now); break;
	case STATE_TIME_WAIT:
		for (int i = 0; i < TIMER_COUNT; i++)
			c->deadline[i] = NS_NEVER;
		c->deadline[TIMER_LINGER] = now + c->settings->time_wait;
		sendq_free(&c->sendq);
		break;
	case STATE_CLOSED:
		for (int i = 0; i < TIMER_COUNT; i++)
			c->deadline[i] = NS_NEVER;
		c->ack_owed = false;
		break;
	default: break;
	}
}

void tcp_set_state(struct tcp_conn *c, enum tcp_state to, nstime now, struct plan *plan)
{
	plan_move(plan, c->f.state, to);
	c->f.state = (uint8_t)to;
	enter(c, now);
}
