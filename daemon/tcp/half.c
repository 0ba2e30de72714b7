/* SPDX-License-Identifier: MIT */
#include "tcp/half.h"

#include "tcp/conn.h"
#include "tcp/segment_out.h"

#define ISS_TICK       (4 * NS_PER_US) /* RFC 9293 3.4.1 */
#define AGAIN_UNIT     (4 * NS_PER_MS) /* unit of `again` in struct tcp_half */
#define CHALLENGES_MAX 100             /* per half-open connection, RFC 5961 7 */

void tcp_secrets(const struct tcp_settings *s, const struct flow_key *k,
		 const struct tcp_keys *keys, nstime now, struct tcp_secrets *out)
{
	uint64_t hash = flow_key_hash(&keys->isn, k);

	out->ts_offset = s->ts_offset_given ? s->ts_offset : (uint32_t)(hash >> 32);
	if (s->ts_start_given)
		out->ts_offset = s->ts_start - tcp_ts_clock(s, 0, now);
	out->iss = s->iss_given ? s->iss : (uint32_t)hash + (uint32_t)(now / ISS_TICK);
}

uint32_t tcp_ts_clock(const struct tcp_settings *s, uint32_t offset, nstime now)
{
	return (uint32_t)(now / s->ts_tick) + offset;
}

/* RCV.WND: a SYN-ACK cannot advertise more, and no other window is advertised before
 * ESTABLISHED. */
static uint32_t half_window(const struct tcp_half *h)
{
	return h->settings->window < UINT16_MAX ? h->settings->window : UINT16_MAX;
}

static struct segment *half_out(struct tcp_half *h, uint8_t flags, uint32_t seq, struct plan *plan)
{
	struct segment *out = segment_out(plan, &h->f, h->settings);

	if (h->settings->ip_id_policy == IP_ID_COUNTER)
		out->ip_id = (uint16_t)(out->ip_id + h->segments);
	h->segments++;
	out->flags = flags;
	out->seq = seq;
	out->ack = h->irs + 1;
	return out;
}

void tcp_half_note_syn(struct tcp_half *h, const struct segment *syn, const struct options *o)
{
	h->syn_flags = syn->flags;
	h->syn_options = o->kinds;
	h->syn_ae = syn->reserved & 1;
}

void tcp_half_synack(struct tcp_half *h, const uint8_t *fast_open, nstime now, struct plan *plan)
{
	const struct tcp_settings *s = h->settings;
	uint8_t flags = (uint8_t)(TCP_SYN | TCP_ACK | (h->ecn_ok ? TCP_ECE : 0));
	struct segment *out = half_out(h, flags, h->iss, plan);
	struct syn_values v = {
		.mss = s->mss ? s->mss : h->link_mss,
		.wscale = h->rcv_wscale,
		.send_wscale = h->wscale_ok,
		.send_sack = h->sack_ok,
		.send_ts = h->ts_ok,
		.ts_val = tcp_ts_clock(s, h->ts_offset, now),
		.ts_ecr = h->ts_recent,
		.fast_open = fast_open,
		.fast_open_len = s->fast_open_cookie,
	};

	out->window = (uint16_t)half_window(h);
	syn_options_write(&s->options, &v, out);
}

void tcp_half_lower_mtu(struct tcp_half *h, uint16_t mtu)
{
	uint16_t link_mss = (uint16_t)(mtu - (h->f.v4 ? 40 : 60));

	if (link_mss < h->link_mss)
		h->link_mss = link_mss;
}

/* Answers an unacceptable segment with an ACK, but only CHALLENGES_MAX times. */
static void half_challenge(struct tcp_half *h, nstime now, struct plan *plan)
{
	struct segment *out;

	if (h->challenges == CHALLENGES_MAX)
		return;
	h->challenges++;
	out = half_out(h, TCP_ACK, h->iss + 1, plan);
	out->window = (uint16_t)(half_window(h) >> (h->wscale_ok ? h->rcv_wscale : 0));
	if (h->ts_ok)
		timestamps_out(out, tcp_ts_clock(h->settings, h->ts_offset, now), h->ts_recent);
}

/* First check of 3.10.7.4; RCV.NXT is the sequence number after the SYN, because octets in the SYN
 * were not accepted. Octets of an RST do not count (RFC 5961 3.2). */
static bool half_acceptable(const struct tcp_half *h, const struct segment *seg)
{
	uint32_t wnd = half_window(h);
	uint32_t offset = seg->seq - (h->irs + 1);
	uint32_t len = seg->flags & TCP_RST ? 0 : segment_seq_len(seg);

	if (wnd == 0)
		return offset == 0 && len == 0;
	return offset < wnd || (len && offset + len - 1 < wnd);
}

static void send_again(struct tcp_half *h, nstime now, struct plan *plan)
{
	nstime again = (now - h->began) / AGAIN_UNIT;

	if (again > UINT16_MAX)
		again = UINT16_MAX;
	h->again = (uint16_t)(again ? again : 1);
	tcp_half_synack(h, NULL, now, plan);
}

/* Processes a retransmitted SYN, in deviation from the RFC: the SYN-ACK or the first SYN was lost,
 * so the SYN-ACK is retransmitted. */
static void same_syn(struct tcp_half *h, const struct segment *seg, const struct options *o,
		     nstime now, struct plan *plan)
{
	/* RFC 3168 6.1.1.1: the latest SYN decides on ECN. */
	if ((seg->flags & (TCP_ECE | TCP_CWR)) != (TCP_ECE | TCP_CWR))
		h->ecn_ok = false;
	tcp_half_note_syn(h, seg, o);
	if (h->ts_ok && o->has_ts && seq_lt(h->ts_recent, o->ts_val))
		h->ts_recent = o->ts_val;
	send_again(h, now, plan);
}

/* Returns true if the ACK field of an unacceptable segment is processed: at RCV.NXT-1 (appendix
 * A.2), or at RCV.NXT with a closed window. */
static bool ack_counts(const struct tcp_half *h, const struct segment *seg)
{
	bool here = seg->seq == h->irs || (!half_window(h) && seg->seq == h->irs + 1);

	return here && seg->flags & TCP_ACK && seg->ack == h->iss + 1;
}

/* First check of 3.10.7.4. RFC 7323 5.3 R1 (PAWS) answers with an ACK. A segment without the
 * negotiated option is discarded silently (3.2). Returns false if the segment is not processed
 * further; *verdict is then the result. */
static bool check_sequence(struct tcp_half *h, const struct segment *seg, const struct options *o,
			   nstime now, struct plan *plan, enum half_verdict *verdict)
{
	*verdict = HALF_STAYS;
	if (h->ts_ok && !(seg->flags & TCP_RST)) {
		if (!o->has_ts)
			return false;
		if (seq_lt(o->ts_val, h->ts_recent)) {
			half_challenge(h, now, plan);
			return false;
		}
	}
	if (half_acceptable(h, seg))
		return true;
	if (seg->flags & TCP_RST)
		return false;
	half_challenge(h, now, plan);
	if (ack_counts(h, seg))
		*verdict = HALF_OPENS;
	return false;
}

enum half_verdict tcp_half_segment(struct tcp_half *h, const struct segment *seg, nstime now,
				   struct plan *plan)
{
	enum half_verdict verdict;
	uint8_t flags = seg->flags;
	struct options o;

	options_decode(seg->opt, seg->opt_len, &o);
	if ((flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN && seg->seq == h->irs) {
		same_syn(h, seg, &o, now, plan);
		return HALF_STAYS;
	}
	if (!check_sequence(h, seg, &o, now, plan, &verdict))
		return verdict;

	/* Second, check the RST bit (RFC 5961 3.2). */
	if (flags & TCP_RST) {
		if (seg->seq == h->irs + 1)
			return HALF_CLOSES;
		half_challenge(h, now, plan);
		return HALF_STAYS;
	}

	/* Fourth, check the SYN bit: a passive open returns to LISTEN. */
	if (flags & TCP_SYN)
		return HALF_CLOSES;

	/* Fifth, check the ACK field. */
	if (!(flags & TCP_ACK))
		return HALF_STAYS;
	if (seg->ack != h->iss + 1) {
		reset_out(plan, seg);
		return HALF_STAYS;
	}
	return HALF_OPENS;
}

nstime tcp_half_deadline(const struct tcp_half *h)
{
	nstime max = h->settings->rto_max, next = h->settings->rto_initial, rto = 0, due = 0;
	nstime again = h->again * AGAIN_UNIT;

	for (unsigned i = 0; i < h->sent; i++) {
		rto = next < max ? next : max;
		next = 2 * rto;
		due += rto;
	}
	if (h->again && again < h->settings->r2_syn && again + rto > due)
		due = again + rto;
	return h->began + due;
}

enum half_verdict tcp_half_timer(struct tcp_half *h, nstime now, struct plan *plan)
{
	if (now < tcp_half_deadline(h))
		return HALF_STAYS;
	if (now - h->began >= h->settings->r2_syn || h->sent == UINT8_MAX)
		return HALF_CLOSES;
	h->sent++;
	send_again(h, now, plan);
	return HALF_STAYS;
}
