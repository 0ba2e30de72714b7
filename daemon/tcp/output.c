/* SPDX-License-Identifier: MIT */
#include "tcp/output.h"

#include "tcp/deadlines.h"
#include "tcp/sack_out.h"
#include "tcp/segment_out.h"
#include "tcp/sender.h"
#include "tcp/transition.h"

#define CHALLENGES_A_SECOND 10                /* per connection, RFC 5961 7 */
#define ECT_0               2                 /* RFC 3168 5 */
#define BURST_MAX           256               /* segments of new octets in one step */
#define OVERRIDE            (200 * NS_PER_MS) /* RFC 9293 3.8.6.2.1: 0.1 to 1 s */

/* RFC 9293 3.8.6.2.2 and MUST-34: the free space of the buffer, but at least the advertised
 * window. */
static uint32_t receive_window(const struct tcp_conn *c)
{
	size_t used = c->recvq.ready;
	uint32_t room = used < c->rcv_buffer ? (uint32_t)(c->rcv_buffer - used) : 0;
	uint32_t advertised = c->rcv_adv - c->rcv_nxt;

	return room > advertised ? room : advertised;
}

/* Returns the number of octets by which the window must grow before it is advertised: RFC 9293
 * 3.8.6.2.2. */
static uint32_t worth_telling(const struct tcp_conn *c)
{
	uint32_t half = c->rcv_buffer / 2, mss = tcp_effective_mss(c);

	if (!c->settings->sws_avoidance)
		return 1;
	return half < mss ? half : mss;
}

/* Returns true if `window` is worth advertising in place of the `advertised` octets. */
static bool grows(const struct tcp_conn *c, uint32_t window, uint32_t advertised)
{
	return window - advertised >= worth_telling(c);
}

bool tcp_window_grows(const struct tcp_conn *c)
{
	return grows(c, receive_window(c), c->rcv_adv - c->rcv_nxt);
}

/* RCV.WND in units of the window scale. The right edge moves only by at least worth_telling(). If
 * the shift rounds the edge down below the advertised one, the field is rounded up: less than one
 * unit exceeds the buffer. */
static inline uint16_t window_field(const struct tcp_conn *c)
{
	uint8_t shift = c->wscale_ok ? c->rcv_wscale : 0;
	uint32_t advertised = c->rcv_adv - c->rcv_nxt, window = receive_window(c), field;

	if (window != advertised && !grows(c, window, advertised))
		window = advertised;
	field = window >> shift;
	if (field << shift < advertised && c->recvq.ready + (field << shift) < c->rcv_buffer)
		field++;
	return field < UINT16_MAX ? (uint16_t)field : UINT16_MAX;
}

uint16_t tcp_window_field(const struct tcp_conn *c)
{
	return window_field(c);
}

static inline void sack_out(struct tcp_conn *c, struct segment *out)
{
	if (c->sack_ok && (c->recvq.ranges || c->dsack_from != c->dsack_to))
		tcp_sack_out(c, out);
}

static uint32_t distance(uint32_t from, uint32_t to)
{
	return seq_lt(from, to) ? to - from : 0;
}

/* Records the right edge that the segment advertises; a SYN is never scaled (RFC 7323 2.2). The
 * edge never moves left, although the shift rounds down. */
static inline void advertise(struct tcp_conn *c, const struct segment *out)
{
	uint8_t shift = c->wscale_ok && !(out->flags & TCP_SYN) ? c->rcv_wscale : 0;
	uint32_t edge = c->rcv_nxt + ((uint32_t)out->window << shift);
	uint32_t grown = distance(c->rcv_adv, edge);

	if (!grown)
		return;
	c->rcv_adv = edge;
	c->rcv_taken_back -= grown < c->rcv_taken_back ? grown : c->rcv_taken_back;
}

/* Returns true if the user has read enough to announce a larger window: RFC 9293 3.8.6.2.2. */
static bool window_has_news(const struct tcp_conn *c)
{
	uint32_t grown = receive_window(c) - (c->rcv_adv - c->rcv_nxt);

	return c->read_since_ack && !c->fin_received && grown && tcp_window_grows(c);
}

/* Inlined into octets_out(), which runs for each segment with octets. */
static inline __attribute__((always_inline)) struct segment *conn_out_inline(
	struct tcp_conn *c, uint8_t flags, uint32_t seq, nstime now, struct plan *plan)
{
	struct segment *out = segment_out(plan, &c->f, c->settings);

	if (c->settings->ip_id_policy == IP_ID_COUNTER)
		out->ip_id = c->ip_id++;
	out->flags = flags;
	out->seq = seq;
	if (c->ts_ok && !(flags & TCP_SYN))
		timestamps_out(out, tcp_ts_clock(c->settings, c->ts_offset, now), c->ts_recent);
	if (!(flags & TCP_ACK))
		return out;
	out->ack = c->rcv_nxt;
	if (!(flags & TCP_SYN)) {
		out->window = window_field(c);
		advertise(c, out);
		if (!(flags & TCP_RST)) {
			out->flags |= c->ecn_echo ? TCP_ECE : 0;
			sack_out(c, out);
		}
	}
	c->last_ack_sent = c->rcv_nxt;
	c->ack_owed = c->read_since_ack = false;
	c->deadline[TIMER_ACK] = NS_NEVER;
	return out;
}

static struct segment *conn_out(struct tcp_conn *c, uint8_t flags, uint32_t seq, nstime now,
				struct plan *plan)
{
	return conn_out_inline(c, flags, seq, now, plan);
}

/* Returns SND.NXT. If the client's window was closed or shrunk below it, returns the right edge of
 * that window, as the client ignores numbers outside. */
static uint32_t acceptable_seq(const struct tcp_conn *c)
{
	uint32_t edge = c->snd_una + c->snd_wnd;

	if (!state_synchronised(c->f.state) || !c->syn_acked || !seq_lt(edge, c->snd_max))
		return c->snd_max;
	return edge;
}

void tcp_out_ack(struct tcp_conn *c, nstime now, struct plan *plan)
{
	conn_out(c, TCP_ACK, acceptable_seq(c), now, plan);
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

nstime tcp_challenges_end(const struct tcp_conn *c)
{
	return c->challenges ? c->challenge_from + NS_PER_S : 0;
}

void tcp_out_reset(struct tcp_conn *c, nstime now, struct plan *plan)
{
	conn_out(c, TCP_RST | TCP_ACK, acceptable_seq(c), now, plan);
}

void tcp_out_syn(struct tcp_conn *c, nstime now, struct plan *plan)
{
	bool ack = c->f.state != STATE_SYN_SENT;
	const struct tcp_settings *s = c->settings;
	uint8_t ecn = !ack        ? (s->ecn == ECN_OFFER ? TCP_ECE | TCP_CWR : 0)
		      : c->ecn_ok ? TCP_ECE
				  : 0;
	uint8_t flags = (uint8_t)(TCP_SYN | (ack ? TCP_ACK : 0) | ecn);
	struct segment *out = conn_out(c, flags, c->iss, now, plan);
	struct syn_values v = {
		.mss = s->mss ? s->mss : c->link_mss,
		.wscale = c->rcv_wscale,
		.send_wscale = ack ? c->wscale_ok : s->window_scaling,
		.send_sack = ack ? c->sack_ok : s->sack,
		.send_ts = ack ? c->ts_ok : s->timestamps,
		.ts_val = tcp_ts_clock(c->settings, c->ts_offset, now),
		.ts_ecr = ack ? c->ts_recent : 0,
	};

	out->window = c->rcv_buffer < UINT16_MAX ? (uint16_t)c->rcv_buffer : UINT16_MAX;
	if (ack)
		advertise(c, out);
	syn_options_write(&s->options, &v, out);
}

/* RFC 3168 6.1.2, 6.1.5 and 6.1.6: new octets are ECN-capable, except zero-window probes. The first
 * of them after a reduction carry CWR. */
static void ecn_out(struct tcp_conn *c, struct segment *out)
{
	if (!c->ecn_ok || !out->len || !c->snd_wnd || out->seq != c->snd_max)
		return;
	out->tos = (uint8_t)((out->tos & ~3) | ECT_0);
	if (c->ecn_cwr)
		out->flags |= TCP_CWR;
	c->ecn_cwr = false;
}

/* Copies octets of the send queue, which may change before the segment is encoded. Returns NULL
 * without memory. */
static const uint8_t *copied(const struct sendq *q, uint32_t offset, uint32_t len,
			     struct plan *plan)
{
	uint8_t *payload = plan_room(plan, len);

	if (payload)
		sendq_copy(q, offset, len, payload);
	return payload;
}

/* Sets the payload; without memory for it, there is none. */
static void keep_octets(const struct sendq *q, uint32_t offset, uint32_t len, struct segment *out,
			struct plan *plan)
{
	if (!len)
		return;
	out->payload = sendq_lent(q, offset);
	out->lent = q->lent;
	if (!out->payload)
		out->payload = copied(q, offset, len, plan);
	if (out->payload)
		out->len = len;
}

/* Sends one segment with at most `len` octets from `seq` on, then the FIN if `fin`. SACK blocks may
 * take some of their space (RFC 6691). Returns the length in sequence space. */
static uint32_t octets_out(struct tcp_conn *c, uint32_t seq, uint32_t len, bool fin, nstime now,
			   struct plan *plan)
{
	struct segment *out = conn_out_inline(c, TCP_ACK, seq, now, plan);
	uint32_t room = c->snd_mss > out->opt_len ? (uint32_t)(c->snd_mss - out->opt_len) : 1;
	uint32_t offset = seq - tcp_send_base(c), end;

	if (len > room) {
		len = room;
		fin = false;
	}
	end = seq + len + fin;
	if (len && offset + len == c->sendq.len)
		out->flags |= TCP_PSH;
	if (fin)
		out->flags |= TCP_FIN;
	keep_octets(&c->sendq, offset, len, out, plan);
	if (len && !out->payload) /* no memory: an ACK is sent, and the octets count as lost */
		out->flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	ecn_out(c, out);
	c->sent_at = now;
	if (seq_lt(c->snd_max, end)) {
		/* Karn: only the first transmission is timed. */
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
	return len + fin;
}

static uint32_t octets_from(const struct tcp_conn *c, uint32_t seq)
{
	uint32_t offset = seq - tcp_send_base(c);

	return offset < c->sendq.len ? (uint32_t)c->sendq.len - offset : 0;
}

/* Returns the octets that pacing allows, of `left` octets from SND.NXT on: octets that were sent
 * before, plus one portion for each interval. */
static uint32_t portion(struct tcp_conn *c, uint32_t left, nstime now)
{
	const struct tcp_settings *s = c->settings;
	uint32_t sent, room;

	room = sent = distance(c->snd_nxt, c->snd_max - c->fin_sent);
	if (c->deadline[TIMER_PACE] == NS_NEVER && left > sent) {
		c->pace_edge = c->snd_max + s->pace_octets;
		c->deadline[TIMER_PACE] = now + s->pace;
	}
	if (c->deadline[TIMER_PACE] != NS_NEVER && distance(c->snd_nxt, c->pace_edge) > room)
		room = distance(c->snd_nxt, c->pace_edge);
	return left < room ? left : room;
}

/* Returns the octets that may be sent, of `left` octets from SND.NXT on. */
static inline uint32_t paced(struct tcp_conn *c, uint32_t left, nstime now)
{
	return c->settings->pace ? portion(c, left, now) : left;
}

void tcp_out_again(struct tcp_conn *c, nstime now, struct plan *plan)
{
	uint32_t seq = tcp_send_base(c), mss = tcp_effective_mss(c);
	uint32_t left = octets_from(c, seq), sent = c->snd_max - c->fin_sent - seq;
	uint32_t len = left < mss ? left : mss;

	if (len > sent)
		len = sent;
	/* SHLD-16: if the window shrank, only the octets that it allows. */
	if (c->snd_wnd && len > c->snd_wnd)
		len = c->snd_wnd;
	c->rtt_sent_at = NS_NEVER;
	seq += octets_out(c, seq, len, c->fin_sent && len == left, now, plan);
	if (seq_lt(c->snd_nxt, seq))
		c->snd_nxt = seq;
}

void tcp_out_probe(struct tcp_conn *c, nstime now, struct plan *plan)
{
	uint32_t seq = tcp_send_base(c);
	bool octet = c->sendq.len != 0;

	octets_out(c, seq, octet, !octet && c->fin_queued, now, plan);
	c->rtt_sent_at = NS_NEVER;
}

void tcp_out_override(struct tcp_conn *c, nstime now, struct plan *plan)
{
	uint32_t left = paced(c, octets_from(c, c->snd_nxt), now), mss = tcp_effective_mss(c);
	uint32_t len = left < mss ? left : mss;

	if (len > c->snd_wnd)
		len = c->snd_wnd;
	c->snd_nxt += octets_out(c, c->snd_nxt, len, false, now, plan);
}

void tcp_out_keepalive(struct tcp_conn *c, nstime now, struct plan *plan)
{
	conn_out(c, TCP_ACK, c->snd_max - 1, now, plan);
}

/* 3.10.4, CLOSE in SYN-RECEIVED: the FIN is sent before our SYN is acknowledged, if no octets
 * precede it. */
static bool fin_may_lead(const struct tcp_conn *c)
{
	return c->fin_queued && !c->sendq.len;
}

/* Returns true if data or a FIN may be sent in this state. */
static bool may_send(const struct tcp_conn *c)
{
	switch ((enum tcp_state)c->f.state) {
	case STATE_SYN_RECEIVED: return c->fast_open || fin_may_lead(c); /* RFC 7413 4.2.2 */
	case STATE_ESTABLISHED:
	case STATE_CLOSE_WAIT:
	case STATE_FIN_WAIT_1:
	case STATE_CLOSING:
	case STATE_LAST_ACK: return true;
	default: return false;
	}
}

/* RFC 9293 3.8.6.2.1: avoids silly segments. A segment below the MSS is sent if it is all that is
 * queued, or half of the client's largest window. Nagle's algorithm also requires that nothing is
 * unacknowledged. */
static bool worth_sending(const struct tcp_conn *c, uint32_t len, uint32_t left, uint32_t mss)
{
	bool idle = c->snd_una == c->snd_nxt;

	if (len == mss)
		return true;
	if (c->settings->nagle && !idle && !c->fin_queued)
		return false;
	return len == left || !c->settings->sws_avoidance || len >= c->snd_wnd_max / 2;
}

/* The probes have delivered all octets one by one: stops the timer and resets the backoff. */
static void probing_over(struct tcp_conn *c)
{
	if (c->deadline[TIMER_PERSIST] == NS_NEVER)
		return;
	c->deadline[TIMER_PERSIST] = NS_NEVER;
	c->backoff = 0;
}

/* Outstanding octets have a retransmission timer. With a zero window, only a probe can detect that
 * it opens. If a small window prevents sending, and nothing is outstanding whose ACK could enlarge
 * it, the override timer ends the wait. `left` octets are queued from SND.NXT on; `ready` of them
 * need not wait for pacing. */
static void timers_after_output(struct tcp_conn *c, uint32_t left, uint32_t ready, nstime now)
{
	bool fin_waits = c->fin_queued && !c->fin_sent;
	bool waiting = ready || (left == ready && fin_waits);
	bool outstanding = c->snd_una != c->snd_max;

	if (!left && !fin_waits && !outstanding)
		probing_over(c);
	if (!may_send(c) || !state_synchronised(c->f.state))
		return;
	if (c->snd_wnd && outstanding)
		c->deadline[TIMER_PERSIST] = NS_NEVER;
	if ((waiting || outstanding) && !c->snd_wnd) {
		c->deadline[TIMER_RETRANSMIT] = NS_NEVER;
		if (c->deadline[TIMER_PERSIST] == NS_NEVER)
			c->deadline[TIMER_PERSIST] = now + c->rto;
	} else if (outstanding && c->deadline[TIMER_RETRANSMIT] == NS_NEVER) {
		tcp_retransmit_restart(c, now);
	} else if (waiting && !outstanding && c->deadline[TIMER_PERSIST] == NS_NEVER) {
		c->deadline[TIMER_PERSIST] = now + OVERRIDE;
	}
}

/* Returns how many octets may be outstanding: the minimum of the client's window and the congestion
 * window. The first two duplicate ACKs each allow one new segment (RFC 3042). */
static uint32_t usable_window(struct tcp_conn *c, nstime now)
{
	uint32_t cwnd = c->cwnd;

	/* RFC 5681 4.1: after an idle time, the congestion window is out of date. */
	if (c->snd_una == c->snd_max && now - c->sent_at > c->rto && cwnd > tcp_initial_cwnd(c))
		cwnd = c->cwnd = tcp_initial_cwnd(c);
	if (!c->recovering && c->dup_acks <= 2 && c->snd_nxt == c->snd_max)
		cwnd += c->dup_acks * (uint32_t)tcp_effective_mss(c);
	return c->snd_wnd < cwnd ? c->snd_wnd : cwnd;
}

/* Returns true if the FIN follows these `len` octets, of `left` that are queued. */
static bool fin_follows(const struct tcp_conn *c, uint32_t len, uint32_t left, uint32_t room)
{
	return c->fin_queued && len == left && len < room &&
	       (state_synchronised(c->f.state) || fin_may_lead(c)) &&
	       !(c->fin_sent && c->snd_nxt == c->snd_max);
}

void tcp_output(struct tcp_conn *c, nstime now, struct plan *plan)
{
	uint32_t mss = tcp_effective_mss(c), window = usable_window(c, now);
	uint32_t flight = c->snd_nxt - c->snd_una, room = flight < window ? window - flight : 0;
	uint32_t left = octets_from(c, c->snd_nxt), ready = paced(c, left, now);
	unsigned burst = may_send(c) ? BURST_MAX : 0;

	/* With an MSS of 1, an ACK could allow 262,144 segments. The next ACK sends the rest. */
	for (; burst; burst--) {
		uint32_t len = ready < mss ? ready : mss, taken, octets;
		bool fin;

		if (len > room)
			len = room;
		fin = fin_follows(c, len, left, room);
		if (!fin && (!len || !worth_sending(c, len, ready, mss)))
			break;
		taken = octets_out(c, c->snd_nxt, len, fin, now, plan);
		c->snd_nxt += taken;
		octets = taken < left ? taken : left; /* without the FIN */
		left -= octets;
		ready -= octets;
		room -= taken;
		if (fin && c->snd_nxt == c->snd_max)
			break;
	}
	timers_after_output(c, left, ready, now);
	if ((c->ack_owed || window_has_news(c)) && c->f.state >= STATE_ESTABLISHED)
		tcp_out_ack(c, now, plan);
}
