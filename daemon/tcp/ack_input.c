/* SPDX-License-Identifier: MIT */
#include "tcp/ack_input.h"

#include "tcp/deadlines.h"
#include "tcp/output.h"
#include "tcp/sender.h"

#define DUP_ACKS          3
#define CLOCK_GRANULARITY NS_PER_MS

bool tcp_fin_acked(const struct tcp_conn *c)
{
	return c->fin_sent && c->snd_una == c->snd_max;
}

/* Updates SRTT, RTTVAR and RTO: RFC 6298 2.2 to 2.5. Only a measurement resets the backoff (5.7,
 * last note). */
static void rtt_measured(struct tcp_conn *c, nstime rtt)
{
	nstime var;

	if (!c->srtt) {
		c->srtt = rtt;
		c->rttvar = rtt / 2;
	} else {
		nstime off = c->srtt > rtt ? c->srtt - rtt : rtt - c->srtt;

		c->rttvar += (off - c->rttvar) / 4;
		c->srtt += (rtt - c->srtt) / 8;
	}
	if (!c->srtt)
		c->srtt = 1;
	var = 4 * c->rttvar > CLOCK_GRANULARITY ? 4 * c->rttvar : CLOCK_GRANULARITY;
	c->rto = c->srtt + var;
	if (c->rto < c->settings->rto_min)
		c->rto = c->settings->rto_min;
	if (c->rto > c->settings->rto_max)
		c->rto = c->settings->rto_max;
	c->backoff = 0;
}

/* Measures the round trip by the segment that is being timed, or else by the echo of our timestamp.
 * The echo is coarser, but distinguishes a retransmission from the original (RFC 7323 4). */
static void measure_rtt(struct tcp_conn *c, const struct segment *seg, const struct options *o,
			nstime now)
{
	uint32_t ticks;

	if (c->rtt_sent_at != NS_NEVER && seq_lt(c->rtt_seq, seg->ack)) {
		rtt_measured(c, now - c->rtt_sent_at);
		c->rtt_sent_at = NS_NEVER;
	} else if (c->backoff && c->ts_ok && o->has_ts) {
		ticks = tcp_ts_clock(c->settings, c->ts_offset, now) - o->ts_ecr;
		if (ticks <= c->settings->rto_max / c->settings->ts_tick)
			rtt_measured(c, (nstime)ticks * c->settings->ts_tick);
	}
}

static void window_update(struct tcp_conn *c, const struct segment *seg)
{
	bool closed = !c->snd_wnd;

	/* WL1 and WL2 prevent an old segment from setting the window. */
	if (!seq_lt(c->snd_wl1, seg->seq) &&
	    (c->snd_wl1 != seg->seq || seq_lt(seg->ack, c->snd_wl2)))
		return;
	c->snd_wnd = tcp_window_of(c, seg);
	if (c->snd_wnd > c->snd_wnd_max)
		c->snd_wnd_max = c->snd_wnd;
	c->snd_wl1 = seg->seq;
	c->snd_wl2 = seg->ack;
	/* The timer was the override timer of a small window; a zero window has a longer timer. */
	if (!closed && !c->snd_wnd)
		c->deadline[TIMER_PERSIST] = NS_NEVER;
	if (closed && c->snd_wnd && c->deadline[TIMER_PERSIST] != NS_NEVER) {
		/* Octets sent into the zero window are lost: resume after the octets that the
		 * client accepted. */
		c->deadline[TIMER_PERSIST] = NS_NEVER;
		c->backoff = 0;
		tcp_go_back(c);
	}
}

/* Advances SND.UNA, and removes the acknowledged octets from the queue. */
static void advance(struct tcp_conn *c, uint32_t ack)
{
	uint32_t octets = ack - tcp_send_base(c), acked;

	if (octets > c->sendq.len)
		octets = (uint32_t)c->sendq.len; /* the rest is the FIN */
	sendq_drop(&c->sendq, octets);
	c->octets_out += octets;
	/* The right edge of the client's window remains until window_update(). */
	acked = ack - c->snd_una;
	c->snd_wnd -= acked < c->snd_wnd ? acked : c->snd_wnd;
	c->snd_una = ack;
	c->syn_acked = true;
	if (seq_lt(c->snd_nxt, ack))
		c->snd_nxt = ack;
}

/* Returns true if the client reports congestion: RFC 3168. */
static bool ece(const struct tcp_conn *c, const struct segment *seg)
{
	return c->ecn_ok && (seg->flags & (TCP_ECE | TCP_SYN)) == TCP_ECE;
}

/* Grows the congestion window for `octets` that `seg` acknowledges. */
static void grow_window(struct tcp_conn *c, const struct segment *seg, uint32_t octets,
			uint32_t mss)
{
	/* The ACK of a SYN does not grow it (RFC 5681 3.1); nor does one with ECE (RFC 3168
	 * 6.1.2). */
	if (!octets || ece(c, seg))
		return;
	if (c->cwnd < c->ssthresh)
		c->cwnd += octets < mss ? octets : mss; /* slow start, RFC 5681 (2) */
	else
		c->cwnd += mss * mss / c->cwnd ? mss * mss / c->cwnd : 1;
	if (c->cwnd > SENDQ_MAX * 4u)
		c->cwnd = SENDQ_MAX * 4u;
}

/* Keeps `recover` and `ecn_recover` close to SND.UNA: a number that is half the sequence space old
 * would compare as later than SND.UNA. */
static void loss_marks_follow(struct tcp_conn *c)
{
	if (seq_lt(c->recover, c->snd_una))
		c->recover = c->snd_una - 1;
	if (seq_lt(c->ecn_recover, c->snd_una))
		c->ecn_recover = c->snd_una;
}

static void new_ack(struct tcp_conn *c, const struct segment *seg, nstime now, struct plan *plan)
{
	uint32_t ack = seg->ack, octets = ack - tcp_send_base(c), mss = tcp_effective_mss(c);

	advance(c, ack);
	c->dup_acks = 0;
	c->sent_by_timer = false;
	if (c->recovering && seq_lt(ack, c->recover)) {
		/* A partial ACK: retransmit the next hole, RFC 6582 3.2. */
		tcp_out_again(c, now, plan);
		c->cwnd -= octets < c->cwnd ? octets : c->cwnd;
		c->cwnd += octets < mss ? 0 : mss;
	} else if (c->recovering) {
		c->recovering = false;
		c->cwnd = c->ssthresh;
	} else {
		grow_window(c, seg, octets, mss);
	}
	loss_marks_follow(c);
	tcp_retransmit_restart(c, now);
}

/* Returns true for a duplicate ACK: RFC 5681 2. The answer to a zero-window probe is not one. */
static bool duplicate_ack(const struct tcp_conn *c, const struct segment *seg)
{
	return seg->ack == c->snd_una && c->snd_una != c->snd_max && !seg->len && c->snd_wnd &&
	       !(seg->flags & (TCP_SYN | TCP_FIN)) &&
	       (uint32_t)seg->window << c->snd_wscale == c->snd_wnd;
}

static void one_more_duplicate(struct tcp_conn *c, nstime now, struct plan *plan)
{
	uint32_t mss = tcp_effective_mss(c);

	if (!c->dup_acks)
		c->dup_max = c->snd_max;
	if (c->dup_acks < UINT8_MAX)
		c->dup_acks++;
	if (c->recovering)
		c->cwnd += mss;
	/* RFC 6582 3.2 (2): duplicates up to `recover` may result from unnecessary
	 * retransmissions. */
	if (c->recovering || c->dup_acks != DUP_ACKS || seq_leq(c->snd_una, c->recover))
		return;
	c->recovering = true;
	c->recover = c->snd_max;
	c->ssthresh = tcp_half_flight(c);
	c->cwnd = c->ssthresh + DUP_ACKS * mss;
	tcp_window_reduced(c);
	tcp_out_again(c, now, plan);
}

/* RFC 3168 6.1.2: ECE reduces the window like a loss, but without a retransmission, and at most
 * once per round trip. */
static void congestion_experienced(struct tcp_conn *c, const struct segment *seg)
{
	if (!ece(c, seg) || c->recovering || seq_lt(seg->ack, c->ecn_recover) ||
	    c->snd_una == c->snd_max)
		return;
	c->ssthresh = tcp_half_flight(c);
	if (c->cwnd > c->ssthresh)
		c->cwnd = c->ssthresh;
	tcp_window_reduced(c);
}

void tcp_acked(struct tcp_conn *c, const struct segment *seg, const struct options *o, nstime now,
	       struct plan *plan)
{
	bool duplicate = duplicate_ack(c, seg);

	congestion_experienced(c, seg);
	if (seq_lt(c->snd_una, seg->ack)) {
		measure_rtt(c, seg, o, now);
		new_ack(c, seg, now, plan);
	} else if (duplicate) {
		one_more_duplicate(c, now, plan);
	}
	window_update(c, seg);
}
