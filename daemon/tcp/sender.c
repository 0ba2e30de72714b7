/* SPDX-License-Identifier: MIT */
#include "tcp/sender.h"

#include "tcp/deadlines.h"
#include "tcp/segment_out.h"

#define CWND_SEGMENTS 10 /* RFC 6928 2 */
#define CWND_OCTETS   14600u

uint32_t tcp_initial_cwnd(const struct tcp_conn *c)
{
	uint32_t mss = c->snd_mss, most = 2 * mss > CWND_OCTETS ? 2 * mss : CWND_OCTETS;

	return CWND_SEGMENTS * mss < most ? CWND_SEGMENTS * mss : most;
}

void tcp_set_mss(struct tcp_conn *c, uint16_t peer_mss)
{
	uint16_t mss = peer_mss ? peer_mss : mss_default(c->f.v4);
	uint16_t room = c->settings->option_room;

	mss = mss < c->link_mss ? mss : c->link_mss;
	c->snd_mss = mss > room ? (uint16_t)(mss - room) : 1;
	c->cwnd = tcp_initial_cwnd(c);
}

uint32_t tcp_mtu(const struct tcp_conn *c)
{
	return c->snd_mss + c->settings->option_room + (c->f.v4 ? 40u : 60u);
}

void tcp_go_back(struct tcp_conn *c)
{
	if (c->recovering)
		c->cwnd = c->ssthresh;
	c->recovering = false;
	c->dup_acks = 0;
	c->rtt_sent_at = NS_NEVER;
	c->snd_nxt = tcp_send_base(c);
}

void tcp_lower_mtu(struct tcp_conn *c, uint32_t mtu, nstime now)
{
	uint32_t before = tcp_mtu(c), headers = before - c->snd_mss;

	if (mtu >= before)
		return;
	c->snd_mss = mtu > headers ? (uint16_t)(mtu - headers) : 1;
	tcp_go_back(c);
	/* Slow start leads back to the previous window, because there was no congestion. */
	if (c->ssthresh < c->cwnd)
		c->ssthresh = c->cwnd;
	c->cwnd = tcp_effective_mss(c);
	c->recover = c->snd_max;
	tcp_retransmit_restart(c, now);
}

uint32_t tcp_half_flight(const struct tcp_conn *c)
{
	uint32_t end = c->dup_acks ? c->dup_max : c->snd_max;
	uint32_t half = (end - c->snd_una) / 2, least = 2u * tcp_effective_mss(c);

	return half > least ? half : least;
}

void tcp_window_reduced(struct tcp_conn *c)
{
	c->ecn_recover = c->snd_max;
	c->ecn_cwr = c->ecn_ok;
}
