/* SPDX-License-Identifier: MIT */
#include "tcp/deadlines.h"

nstime tcp_backed_off(const struct tcp_conn *c)
{
	nstime rto = c->rto;

	for (unsigned i = 0; i < c->backoff && rto < c->settings->rto_max; i++)
		rto *= 2;
	return rto < c->settings->rto_max ? rto : c->settings->rto_max;
}

void tcp_retransmit_restart(struct tcp_conn *c, nstime now)
{
	bool outstanding = c->snd_una != c->snd_max && c->snd_wnd;

	c->unacked_since = now;
	c->deadline[TIMER_RETRANSMIT] = outstanding ? now + tcp_backed_off(c) : NS_NEVER;
}

void tcp_linger(struct tcp_conn *c, nstime now)
{
	if (c->settings->fin_wait_2)
		c->deadline[TIMER_LINGER] = now + c->settings->fin_wait_2;
}

nstime tcp_deadline(const struct tcp_conn *c)
{
	nstime least = NS_NEVER;

	for (int i = 0; i < TIMER_COUNT; i++)
		if (c->deadline[i] < least)
			least = c->deadline[i];
	return least;
}
