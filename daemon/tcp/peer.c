/* SPDX-License-Identifier: MIT */
#include "tcp/peer.h"

#include "base/container.h"
#include "tcp/conn.h"

#define BEFORE_MIN UINT16_MAX /* octets before RCV.NXT, if the receive buffer is smaller */

static bool same_syn(const struct segment *seg, uint32_t irs)
{
	return (seg->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && seg->seq == irs;
}

static bool half_from_peer(const struct tcp_half *h, const struct segment *seg)
{
	if (same_syn(seg, h->irs))
		return true;
	return seg->flags & TCP_ACK && !(seg->flags & TCP_SYN) && seg->ack == h->iss + 1 &&
	       seg->seq - h->irs <= UINT16_MAX;
}

static bool conn_from_peer(const struct tcp_conn *c, const struct segment *seg)
{
	uint32_t before = c->rcv_buffer > BEFORE_MIN ? c->rcv_buffer : BEFORE_MIN;
	uint32_t first = c->rcv_nxt - before, last = c->rcv_adv + c->rcv_taken_back;
	bool syn = seg->flags & TCP_SYN;

	if (c->f.state == STATE_SYN_RECEIVED && same_syn(seg, c->irs))
		return true;
	if (!(seg->flags & TCP_ACK) || seg->ack - c->snd_una > c->snd_max - c->snd_una)
		return false;
	/* The SYN-ACK: no sequence number of the client is known yet. */
	if (c->f.state == STATE_SYN_SENT)
		return syn && seg->ack != c->iss;
	return !syn && seg->seq - first <= last - first;
}

bool tcp_from_peer(const struct flow *f, const struct segment *seg)
{
	if (seg->flags & TCP_RST || f->state == STATE_CLOSED)
		return false;
	return f->kind == FLOW_HALF
		       ? half_from_peer(container_of(f, const struct tcp_half, f), seg)
		       : conn_from_peer(container_of(f, const struct tcp_conn, f), seg);
}
