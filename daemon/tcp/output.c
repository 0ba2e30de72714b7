/* SPDX-License-Identifier: MIT */
/* Segments of a connection: ACKs, octets, FIN, probes. */
#include "tcp/machine.h"
#include "tcp/segment_out.h"
#include "wire/cursor.h"

#define CHALLENGES_A_SECOND 10 /* of one connection, RFC 5961 7 */
#define TS_OCTETS           12
#define SACK_BLOCKS_MAX     4

uint16_t tcp_effective_mss(const struct tcp_conn *c)
{
	uint16_t options = c->ts_ok ? TS_OCTETS : 0;

	/* A client that takes next to nothing gets one octet at a time. */
	return c->snd_mss > options ? (uint16_t)(c->snd_mss - options) : 1;
}

/* RFC 9293 3.8.6.2.2 and MUST-34: as much as the buffer has room for, never less than was
 * advertised before. */
uint32_t tcp_receive_window(const struct tcp_conn *c)
{
	size_t used = c->recvq.ready;
	uint32_t room = used < c->rcv_buffer ? (uint32_t)(c->rcv_buffer - used) : 0;
	uint32_t advertised = c->rcv_adv - c->rcv_nxt;

	return room > advertised ? room : advertised;
}

uint16_t tcp_window_field(const struct tcp_conn *c)
{
	uint32_t field = tcp_receive_window(c) >> (c->wscale_ok ? c->rcv_wscale : 0);

	return field < UINT16_MAX ? (uint16_t)field : UINT16_MAX;
}

static void sack_out(const struct tcp_conn *c, struct segment *out)
{
	const struct recvq *q = &c->recvq;
	unsigned room = (SEGMENT_OPT_MAX - out->opt_len - 4u) / 8, blocks = 0;
	uint32_t below = UINT32_MAX;
	uint8_t *p = out->opt + out->opt_len;

	if (!c->sack_ok || !q->ranges)
		return;
	if (room > SACK_BLOCKS_MAX)
		room = SACK_BLOCKS_MAX;
	/* RFC 2018 4: the most recently received first. */
	while (blocks < room) {
		const struct recvq_range *latest = NULL;

		for (unsigned i = 0; i < q->ranges; i++) {
			const struct recvq_range *r = &q->range[i];

			if (r->stamp < below && (!latest || r->stamp > latest->stamp))
				latest = r;
		}
		if (!latest)
			break;
		below = latest->stamp;
		put_u32(p + 4 + 8 * blocks, c->rcv_nxt + latest->from - (uint32_t)q->ready);
		put_u32(p + 8 + 8 * blocks, c->rcv_nxt + latest->to - (uint32_t)q->ready);
		blocks++;
	}
	p[0] = p[1] = OPT_NOP;
	p[2] = OPT_SACK;
	p[3] = (uint8_t)(2 + 8 * blocks);
	out->opt_len = (uint8_t)(out->opt_len + 4 + 8 * blocks);
}

/* The right edge as the client now sees it. It never moves left, though the shift rounds down. */
static void advertise(struct tcp_conn *c, uint16_t field)
{
	uint32_t edge = c->rcv_nxt + ((uint32_t)field << (c->wscale_ok ? c->rcv_wscale : 0));

	if (seq_lt(c->rcv_adv, edge))
		c->rcv_adv = edge;
}

/* RFC 9293 3.8.6.2.2: the window grew enough, by what the user read, for the client to be told. */
static bool window_has_news(const struct tcp_conn *c)
{
	uint32_t grown = tcp_receive_window(c) - (c->rcv_adv - c->rcv_nxt);
	uint32_t half = c->rcv_buffer / 2, mss = tcp_effective_mss(c);

	return c->read_since_ack && !c->fin_received && grown >= (half < mss ? half : mss) && grown;
}

static struct segment *conn_out(struct tcp_conn *c, uint8_t flags, uint32_t seq, nstime now,
				struct plan *plan)
{
	struct segment *out = segment_out(plan, &c->f.key, c->f.path, c->settings);

	if (c->settings->ip_id_policy == IP_ID_COUNTER)
		out->ip_id = c->ip_id++;
	out->flags = flags;
	out->seq = seq;
	if (c->ts_ok && !(flags & TCP_SYN))
		timestamps_out(out, tcp_ts_clock(c->ts_offset, now), c->ts_recent);
	if (!(flags & TCP_ACK))
		return out;
	out->ack = c->rcv_nxt;
	if (!(flags & TCP_SYN)) {
		out->window = tcp_window_field(c);
		advertise(c, out->window);
		if (!(flags & TCP_RST))
			sack_out(c, out);
	}
	c->last_ack_sent = c->rcv_nxt;
	c->ack_owed = c->read_since_ack = false;
	return out;
}

void tcp_out_ack(struct tcp_conn *c, nstime now, struct plan *plan)
{
	conn_out(c, TCP_ACK, c->snd_max, now, plan);
}

void tcp_out_challenge(struct tcp_conn *c, nstime now, struct plan *plan)
{
	if (now - c->challenge_from >= NS_PER_S) {
		c->challenge_from = now;
		c->challenges = 0;
	}
	if (c->challenges >= CHALLENGES_A_SECOND)
		return;
	c->challenges++;
	tcp_out_ack(c, now, plan);
}

void tcp_out_reset(struct tcp_conn *c, nstime now, struct plan *plan)
{
	conn_out(c, TCP_RST | TCP_ACK, c->snd_max, now, plan);
}

void tcp_out_syn(struct tcp_conn *c, nstime now, struct plan *plan)
{
	bool ack = c->f.state != STATE_SYN_SENT;
	const struct tcp_settings *s = c->settings;
	struct segment *out =
		conn_out(c, (uint8_t)(TCP_SYN | (ack ? TCP_ACK : 0)), c->iss, now, plan);
	struct syn_values v = {
		.mss = s->mss ? s->mss : c->link_mss,
		.wscale = c->rcv_wscale,
		.send_wscale = ack ? c->wscale_ok : s->window_scaling,
		.send_sack = ack ? c->sack_ok : s->sack,
		.send_ts = ack ? c->ts_ok : s->timestamps,
		.ts_val = tcp_ts_clock(c->ts_offset, now),
		.ts_ecr = ack ? c->ts_recent : 0,
	};

	out->window = c->rcv_buffer < UINT16_MAX ? (uint16_t)c->rcv_buffer : UINT16_MAX;
	syn_options_write(&s->options, &v, out);
}

/* One segment with `len` octets from `seq` on, the FIN behind them if it is their turn. */
static void octets_out(struct tcp_conn *c, uint32_t seq, uint32_t len, bool fin, nstime now,
		       struct plan *plan)
{
	uint32_t offset = seq - tcp_send_base(c);
	bool last = offset + len == c->sendq.len;
	uint8_t flags = (uint8_t)(TCP_ACK | (len && last ? TCP_PSH : 0) | (fin ? TCP_FIN : 0));
	struct segment *out = conn_out(c, flags, seq, now, plan);
	uint32_t end = seq + len + fin;

	out->payload = len ? plan_keep(plan, sendq_at(&c->sendq, offset), len) : NULL;
	out->len = out->payload ? len : 0; /* without memory: as if it were lost */
	if (seq_lt(c->snd_max, end)) {
		/* Karn: only what is sent for the first time is timed. */
		if (c->rtt_sent_at == NS_NEVER && seq == c->snd_max) {
			c->rtt_sent_at = now;
			c->rtt_seq = seq;
		}
		c->snd_max = end;
	}
	if (fin && !c->fin_sent) {
		c->fin_sent = true;
		if (c->f.state == STATE_ESTABLISHED)
			tcp_set_state(c, STATE_FIN_WAIT_1, now, plan);
		else if (c->f.state == STATE_CLOSE_WAIT)
			tcp_set_state(c, STATE_LAST_ACK, now, plan);
	}
}

static uint32_t octets_from(const struct tcp_conn *c, uint32_t seq)
{
	uint32_t offset = seq - tcp_send_base(c);

	return offset < c->sendq.len ? (uint32_t)c->sendq.len - offset : 0;
}

void tcp_out_again(struct tcp_conn *c, nstime now, struct plan *plan)
{
	uint32_t seq = tcp_send_base(c), mss = tcp_effective_mss(c);
	uint32_t left = octets_from(c, seq), sent = c->snd_max - c->fin_sent - seq;
	uint32_t len = left < mss ? left : mss;

	if (len > sent)
		len = sent;
	c->rtt_sent_at = NS_NEVER;
	octets_out(c, seq, len, c->fin_sent && len == left, now, plan);
	if (seq_lt(c->snd_nxt, seq + len))
		c->snd_nxt = seq + len;
}

void tcp_out_probe(struct tcp_conn *c, nstime now, struct plan *plan)
{
	uint32_t seq = tcp_send_base(c);
	bool octet = c->sendq.len != 0;

	octets_out(c, seq, octet, !octet && c->fin_queued, now, plan);
	c->rtt_sent_at = NS_NEVER;
}

/* May data or a FIN leave in this state? */
static bool may_send(const struct tcp_conn *c)
{
	switch ((enum tcp_state)c->f.state) {
	case STATE_ESTABLISHED:
	case STATE_CLOSE_WAIT:
	case STATE_FIN_WAIT_1:
	case STATE_CLOSING:
	case STATE_LAST_ACK: return true;
	default: return false;
	}
}

/* RFC 9293 3.8.6.2.1: no silly segments. A part of a segment goes when it is all there is, or half
 * of the largest window ever. */
static bool worth_sending(const struct tcp_conn *c, uint32_t len, uint32_t left, uint32_t mss)
{
	return len == left || len == mss || len >= c->snd_wnd_max / 2;
}

/* What is outstanding has a retransmission timer; with the window closed, only a probe can find
 * it open again, and that goes on for as long as it is answered (MUST-37). */
static void timers_after_output(struct tcp_conn *c, nstime now)
{
	bool waiting = c->snd_una != c->snd_max || c->sendq.len || (c->fin_queued && !c->fin_sent);

	if (!may_send(c))
		return;
	if (waiting && !c->snd_wnd) {
		c->deadline[TIMER_RETRANSMIT] = NS_NEVER;
		if (c->deadline[TIMER_PERSIST] == NS_NEVER)
			c->deadline[TIMER_PERSIST] = now + c->rto;
	} else if (c->snd_una != c->snd_max && c->deadline[TIMER_RETRANSMIT] == NS_NEVER) {
		tcp_retransmit_restart(c, now);
	}
}

void tcp_output(struct tcp_conn *c, nstime now, struct plan *plan)
{
	uint32_t mss = tcp_effective_mss(c);

	while (may_send(c)) {
		uint32_t flight = c->snd_nxt - c->snd_una;
		uint32_t window = c->snd_wnd < c->cwnd ? c->snd_wnd : c->cwnd;
		uint32_t room = flight < window ? window - flight : 0;
		uint32_t left = octets_from(c, c->snd_nxt);
		uint32_t len = left < mss ? left : mss;
		bool fin;

		if (len > room)
			len = room;
		fin = c->fin_queued && len == left && len < room &&
		      !(c->fin_sent && c->snd_nxt == c->snd_max);
		if (!fin && (!len || !worth_sending(c, len, left, mss)))
			break;
		octets_out(c, c->snd_nxt, len, fin, now, plan);
		c->snd_nxt += len + fin;
		if (fin)
			break;
	}
	timers_after_output(c, now);
	if ((c->ack_owed || window_has_news(c)) && c->f.state >= STATE_ESTABLISHED)
		tcp_out_ack(c, now, plan);
}
