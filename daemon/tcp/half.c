/* SPDX-License-Identifier: MIT */
#include "tcp/half.h"

#include "tcp/conn.h"
#include "tcp/segment_out.h"

#define ISS_TICK (4 * NS_PER_US) /* RFC 9293 3.4.1 */

/* The keyed hash F of RFC 6528: its lower half is for the ISN, its upper one for the offset of the
 * timestamp clock (RFC 7323 5.4). */
static uint64_t secret_of(const struct flow_key *k, const struct siphash_key *key)
{
	return siphash(key, k, sizeof(*k));
}

static uint32_t iss_of(uint64_t secret, nstime now)
{
	return (uint32_t)secret + (uint32_t)(now / ISS_TICK);
}

uint32_t tcp_iss(const struct flow_key *k, const struct siphash_key *key, nstime now)
{
	return iss_of(secret_of(k, key), now);
}

uint32_t tcp_ts_clock(uint32_t offset, nstime now)
{
	return (uint32_t)(now / NS_PER_MS) + offset;
}

void tcp_closed(const struct segment *seg, struct plan *plan)
{
	reset_out(plan, seg);
}

static void half_synack(const struct tcp_half *h, nstime now, struct plan *plan)
{
	const struct tcp_settings *s = h->settings;
	struct segment *out = segment_out(plan, &h->f.key, h->f.path, s);
	struct syn_values v = {
		.mss = s->mss ? s->mss : h->link_mss,
		.wscale = h->rcv_wscale,
		.send_wscale = h->wscale_ok,
		.send_sack = h->sack_ok,
		.send_ts = h->ts_ok,
		.ts_val = tcp_ts_clock(h->ts_offset, now),
		.ts_ecr = h->ts_recent,
	};

	if (s->ip_id_policy == IP_ID_COUNTER)
		out->ip_id = (uint16_t)(out->ip_id + h->sent - 1);
	out->flags = TCP_SYN | TCP_ACK;
	out->seq = h->iss;
	out->ack = h->irs + 1;
	out->window = s->window < UINT16_MAX ? (uint16_t)s->window : UINT16_MAX;
	syn_options_write(&s->options, &v, out);
}

/* A segment of the half-open connection without SYN: ACKs and RSTs. */
static struct segment *half_out(const struct tcp_half *h, uint8_t flags, uint32_t seq, nstime now,
				struct plan *plan)
{
	struct segment *out = segment_out(plan, &h->f.key, h->f.path, h->settings);
	uint32_t window = h->settings->window >> (h->wscale_ok ? h->rcv_wscale : 0);

	out->flags = flags;
	out->seq = seq;
	if (flags & TCP_ACK) {
		out->ack = h->irs + 1;
		out->window = window < UINT16_MAX ? (uint16_t)window : UINT16_MAX;
	}
	if (h->ts_ok)
		timestamps_out(out, tcp_ts_clock(h->ts_offset, now), h->ts_recent);
	return out;
}

/* What the SYN offers and our own list offers is agreed on. */
static void half_negotiate(struct tcp_half *h, const struct segment *syn)
{
	const struct tcp_settings *s = h->settings;
	struct options o;

	options_decode(syn->opt, syn->opt_len, &o);
	h->peer_mss = o.has_mss ? o.mss : 0;
	h->wscale_ok =
		o.has_wscale && s->window_scaling && syn_options_has(&s->options, SYN_OPT_WSCALE);
	h->peer_wscale = o.wscale < WSCALE_MAX ? o.wscale : WSCALE_MAX;
	h->rcv_wscale = h->wscale_ok ? wscale_for(s) : 0;
	h->sack_ok = o.sack_permitted && s->sack && syn_options_has(&s->options, SYN_OPT_SACK);
	h->ts_ok = o.has_ts && s->timestamps && syn_options_has(&s->options, SYN_OPT_TS);
	h->ts_recent = h->ts_ok ? o.ts_val : 0;
	h->snd_wnd = syn->window;
}

enum listen_verdict tcp_listen(const struct tcp_settings *s, const struct segment *seg,
			       uint16_t mtu, const struct siphash_key *key, nstime now,
			       struct tcp_half *half, struct plan *plan)
{
	uint64_t secret;

	/* First, check for an RST; second, for an ACK; third, for a SYN. Fourth, nothing else. */
	if (seg->flags & TCP_RST)
		return LISTEN_NOTHING;
	if (seg->flags & TCP_ACK) {
		reset_out(plan, seg);
		return LISTEN_NOTHING;
	}
	if (!(seg->flags & TCP_SYN))
		return LISTEN_NOTHING;

	*half = (struct tcp_half){
		.f = {.key = {.client = seg->src,
			      .server = seg->dst,
			      .client_port = seg->sport,
			      .server_port = seg->dport},
		      .path = seg->path,
		      .state = STATE_SYN_RECEIVED,
		      .half = true},
		.settings = s,
		.began = now,
		.irs = seg->seq,
		.sent = 1,
	};
	half->link_mss = (uint16_t)(mtu - (addr_is_v4(&seg->dst) ? 40 : 60));
	secret = secret_of(&half->f.key, key);
	half->iss = s->iss_given ? s->iss : iss_of(secret, now);
	half->ts_offset = (uint32_t)(secret >> 32);
	half_negotiate(half, seg);
	half_synack(half, now, plan);
	return LISTEN_HALF;
}

/* First check of 3.10.7.4, for a RCV.NXT that is just behind the SYN. Octets that came with the
 * SYN were not taken. */
static bool half_acceptable(const struct tcp_half *h, const struct segment *seg)
{
	uint32_t wnd = h->settings->window;
	uint32_t offset = seg->seq - (h->irs + 1);
	uint32_t len = segment_seq_len(seg);

	if (wnd == 0)
		return offset == 0 && len == 0;
	return offset < wnd || (len && offset + len - 1 < wnd);
}

/* RFC 7323 5.3 R1; and 3.2: without the option that was agreed on, a segment is not taken. */
static bool half_timestamps_fit(const struct tcp_half *h, const struct segment *seg)
{
	struct options o;

	if (!h->ts_ok || seg->flags & TCP_RST)
		return true;
	options_decode(seg->opt, seg->opt_len, &o);
	return o.has_ts && !seq_lt(o.ts_val, h->ts_recent);
}

enum half_verdict tcp_half_segment(struct tcp_half *h, const struct segment *seg, nstime now,
				   struct plan *plan)
{
	uint8_t flags = seg->flags;

	/* Departure: the same SYN again. Its SYN-ACK, or ours, was lost. */
	if ((flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN && seg->seq == h->irs) {
		half_synack(h, now, plan);
		return HALF_STAYS;
	}

	/* First, check the sequence number. */
	if (!half_timestamps_fit(h, seg)) {
		half_out(h, TCP_ACK, h->iss + 1, now, plan);
		return HALF_STAYS;
	}
	if (!half_acceptable(h, seg)) {
		bool ack_counts = seg->seq == h->irs && flags & TCP_ACK; /* Appendix A.2 */

		if (flags & TCP_RST)
			return HALF_STAYS;
		half_out(h, TCP_ACK, h->iss + 1, now, plan);
		return ack_counts && seg->ack == h->iss + 1 ? HALF_OPENS : HALF_STAYS;
	}

	/* Second, check the RST bit (RFC 5961 3.2). */
	if (flags & TCP_RST) {
		if (seg->seq == h->irs + 1)
			return HALF_CLOSES;
		half_out(h, TCP_ACK, h->iss + 1, now, plan);
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

static nstime half_rto(const struct tcp_half *h, unsigned nth)
{
	nstime rto = h->settings->rto_initial;

	for (; nth && rto < h->settings->rto_max; nth--)
		rto *= 2;
	return rto < h->settings->rto_max ? rto : h->settings->rto_max;
}

nstime tcp_half_deadline(const struct tcp_half *h)
{
	nstime at = h->began;

	for (unsigned i = 0; i < h->sent; i++)
		at += half_rto(h, i);
	return at;
}

enum half_verdict tcp_half_timer(struct tcp_half *h, nstime now, struct plan *plan)
{
	if (now < tcp_half_deadline(h))
		return HALF_STAYS;
	if (now - h->began >= h->settings->r2_syn || h->sent == UINT8_MAX)
		return HALF_CLOSES;
	h->sent++;
	half_synack(h, now, plan);
	return HALF_STAYS;
}
