/* SPDX-License-Identifier: MIT */
#include "tcp/conn.h"

#include "tcp/deadlines.h"
#include "tcp/icmp_input.h"
#include "tcp/input.h"
#include "tcp/output.h"
#include "tcp/segment_out.h"
#include "tcp/sender.h"
#include "tcp/text_input.h"
#include "tcp/timers.h"
#include "tcp/transition.h"

#include <string.h>

void tcp_conn_defaults(struct tcp_conn *c)
{
	c->rto = c->settings->rto_initial;
	c->ssthresh = UINT32_MAX;
	c->recover = c->iss; /* RFC 6582 3.2 */
	c->ecn_recover = c->iss;
	c->rtt_sent_at = NS_NEVER;
	c->ip_id = c->settings->ip_id;
	for (int i = 0; i < TIMER_COUNT; i++)
		c->deadline[i] = NS_NEVER;
}

void tcp_conn_init(struct tcp_conn *c, const struct tcp_settings *s, uint16_t mtu,
		   const struct tcp_keys *keys, nstime now)
{
	struct flow f = c->f;
	struct flow_key key = flow_key_of(&f);
	struct tcp_secrets secrets;

	*c = (struct tcp_conn){.f = f, .settings = s};
	c->f.state = STATE_CLOSED;
	c->f.kind = FLOW_CONN;
	c->link_mss = (uint16_t)(mtu - (f.v4 ? 40 : 60));
	tcp_secrets(s, &key, keys, now, &secrets);
	c->iss = secrets.iss;
	c->ts_offset = secrets.ts_offset;
	c->snd_una = c->snd_nxt = c->snd_max = c->iss;
	c->rcv_buffer = s->window;
	c->rcv_wscale = wscale_for(s);
	tcp_conn_defaults(c);
	tcp_set_mss(c, 0);
}

void tcp_conn_from_half(struct tcp_conn *c, const struct tcp_half *h)
{
	*c = (struct tcp_conn){.settings = h->settings};
	flow_copy(&c->f, &h->f);
	c->f.kind = FLOW_CONN;
	c->link_mss = h->link_mss;
	c->iss = c->snd_una = h->iss;
	c->snd_nxt = c->snd_max = h->iss + 1;
	c->snd_wnd = c->snd_wnd_max = h->snd_wnd;
	c->snd_wl1 = h->irs;
	c->snd_wl2 = h->iss;
	c->irs = h->irs;
	c->rcv_nxt = c->last_ack_sent = h->irs + 1;
	c->rcv_buffer = h->settings->window;
	c->rcv_adv = c->rcv_nxt + (c->rcv_buffer < UINT16_MAX ? c->rcv_buffer : UINT16_MAX);
	c->wscale_ok = h->wscale_ok;
	c->snd_wscale = h->wscale_ok ? h->peer_wscale : 0;
	c->rcv_wscale = h->rcv_wscale;
	c->sack_ok = h->sack_ok;
	c->ts_ok = h->ts_ok;
	c->ts_recent = h->ts_recent;
	c->ts_offset = h->ts_offset;
	c->ts_recent_at = c->heard_at = h->began;
	c->ecn_ok = h->ecn_ok;
	c->syn = (struct marks){h->syn_flags, h->syn_options, h->syn_ae};
	tcp_conn_defaults(c);
	tcp_set_mss(c, h->peer_mss);
	c->ip_id = (uint16_t)(c->ip_id + h->segments); /* for IP_ID_COUNTER */
	c->backoff = (uint8_t)(h->sent - 1);
	c->unacked_since = h->began;
	c->deadline[TIMER_RETRANSMIT] = tcp_half_deadline(h);
	/* The round trip is measured only if the SYN-ACK was sent once (RFC 6298 2.2, Karn). */
	c->rtt_seq = h->iss;
	c->rtt_sent_at = h->cookie || h->again ? NS_NEVER : h->began;
}

void tcp_conn_release(struct tcp_conn *c)
{
	sendq_free(&c->sendq);
	recvq_free(&c->recvq);
}

/* Active OPEN from CLOSED: RFC 9293 3.10.1. */
static void open_active(struct tcp_conn *c, nstime now, struct plan *plan)
{
	if (c->f.state != STATE_CLOSED)
		return;
	c->active = true;
	c->snd_nxt = c->snd_max = c->iss + 1;
	c->unacked_since = now;
	tcp_set_state(c, STATE_SYN_SENT, now, plan);
	tcp_out_syn(c, now, plan);
	c->rtt_seq = c->iss;
	c->rtt_sent_at = now;
	c->deadline[TIMER_RETRANSMIT] = now + c->rto;
}

/* ABORT: RFC 9293 3.10.5. */
static void abort_connection(struct tcp_conn *c, nstime now, struct plan *plan)
{
	switch ((enum tcp_state)c->f.state) {
	case STATE_SYN_RECEIVED:
	case STATE_ESTABLISHED:
	case STATE_FIN_WAIT_1:
	case STATE_FIN_WAIT_2:
	case STATE_CLOSE_WAIT: tcp_out_reset(c, now, plan); break;
	default: break;
	}
	if (c->f.state != STATE_CLOSED)
		tcp_set_state(c, STATE_CLOSED, now, plan);
}

/* The user has closed both sides and left octets unread: an RST replaces the FIN. Octets that were
 * written before are sent first, as far as the windows allow. */
static void reset_unread(struct tcp_conn *c, nstime now, struct plan *plan)
{
	if (!c->fin_sent) {
		c->fin_queued = false;
		tcp_output(c, now, plan);
	}
	abort_connection(c, now, plan);
}

/* Carries out the calls of the user. CLOSE in SYN-SENT deletes the connection (3.10.4), unless a
 * rule has already sent its FIN. */
static void user_turned(struct tcp_conn *c, nstime now, struct plan *plan)
{
	if (c->f.state == STATE_SYN_SENT && c->fin_queued && !c->fin_sent)
		tcp_set_state(c, STATE_CLOSED, now, plan);
	else if (c->user_gone && c->recvq.ready)
		reset_unread(c, now, plan);
	else
		tcp_output(c, now, plan);
}

void tcp_step(struct tcp_conn *c, const struct tcp_event *e, nstime now, struct plan *plan)
{
	switch (e->type) {
	case TCP_EVENT_SEGMENT: tcp_input(c, e->seg, now, plan); break;
	case TCP_EVENT_TIMER: tcp_timers(c, now, plan); break;
	case TCP_EVENT_OPEN: open_active(c, now, plan); break;
	case TCP_EVENT_FAST_OPEN: tcp_input_fast_open(c, e->seg, now, plan); break;
	case TCP_EVENT_ICMP: tcp_icmp(c, e->icmp, e->seg, now, plan); break;
	case TCP_EVENT_TURN: user_turned(c, now, plan); break;
	case TCP_EVENT_ABORT: abort_connection(c, now, plan); break;
	}
}

size_t tcp_readable(const struct tcp_conn *c, const uint8_t **data)
{
	if (c->reading_paused || !c->recvq.ready)
		return 0;
	*data = recvq_at(&c->recvq);
	return c->recvq.ready;
}

void tcp_consume(struct tcp_conn *c, size_t n)
{
	recvq_take(&c->recvq, n);
	c->read_since_ack = true;
}

bool tcp_eof(const struct tcp_conn *c)
{
	return c->fin_received && !c->recvq.ready;
}

size_t tcp_room(const struct tcp_conn *c)
{
	if (c->fin_queued || c->torn || c->sendq.len >= SENDQ_MAX)
		return 0;
	return SENDQ_MAX - c->sendq.len;
}

size_t tcp_writable(const struct tcp_conn *c)
{
	return c->writing_paused ? 0 : tcp_room(c);
}

void tcp_write(struct tcp_conn *c, const void *data, size_t n)
{
	c->torn = c->torn || !sendq_append(&c->sendq, data, n);
}

void tcp_lend(struct tcp_conn *c, const struct lent *lent, uint32_t at, size_t n)
{
	c->torn = c->torn || !sendq_lend(&c->sendq, lent, at, n);
}

void tcp_close(struct tcp_conn *c)
{
	c->fin_queued = true;
}

void tcp_leave(struct tcp_conn *c)
{
	c->fin_queued = c->user_gone = true;
}

void tcp_set_window(struct tcp_conn *c, uint32_t octets)
{
	/* If the window was closed, the client sends nothing that we could acknowledge: the ACK
	 * announces that the window is open. */
	if (octets > c->rcv_buffer && state_synchronised(c->f.state))
		c->ack_owed = true;
	c->rcv_buffer = octets;
}

void tcp_renege(struct tcp_conn *c)
{
	recvq_renege(&c->recvq);
	c->dsack_from = c->dsack_to;
	/* A FIN after a gap was out of order, too. */
	c->fin_seen = c->fin_received;
}

void tcp_timestamps_jump(struct tcp_conn *c, uint32_t ticks)
{
	c->ts_offset += ticks;
}

void tcp_shrink_window(struct tcp_conn *c, uint32_t octets)
{
	uint32_t room = octets > c->recvq.ready ? octets - (uint32_t)c->recvq.ready : 0;

	c->rcv_buffer = octets;
	if (room >= c->rcv_adv - c->rcv_nxt)
		return;
	c->rcv_taken_back += c->rcv_adv - c->rcv_nxt - room;
	c->rcv_adv = c->rcv_nxt + room;
	c->ack_owed = state_synchronised(c->f.state);
}

void tcp_counted(struct tcp_conn *c, const struct segment *seg, nstime now)
{
	uint32_t seq = seg->seq + !!(seg->flags & TCP_SYN);
	uint32_t end = c->snd_max - c->fin_sent; /* of the octets that were sent */
	/* Octets of `seg` that are in the stream already. */
	uint32_t known = end - seq;
	uint32_t sent = end - tcp_send_base(c);
	bool fin = seg->flags & TCP_FIN;

	if (seq_lt(end, seq) || known > seg->len || sent > c->sendq.len || (c->fin_sent && !fin) ||
	    (known == seg->len && fin == c->fin_sent))
		return;
	if (seg->len > known) {
		/* Unsent octets follow the new ones; so does our FIN, if `seg` has it. */
		if (!sendq_insert(&c->sendq, sent, seg->payload + known, seg->len - known)) {
			c->torn = true;
			return;
		}
		sent += seg->len - known;
		c->snd_max += seg->len - known;
	}
	if (fin && !c->fin_sent) {
		sendq_cut(&c->sendq, sent); /* no octets follow the FIN */
		c->fin_queued = c->fin_sent = true;
		c->snd_max++;
	}
	c->snd_nxt = c->snd_max;
	if (c->deadline[TIMER_RETRANSMIT] == NS_NEVER)
		tcp_retransmit_restart(c, now);
}
