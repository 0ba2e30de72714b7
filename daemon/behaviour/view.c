/* SPDX-License-Identifier: MIT */
#include "behaviour/view.h"

#include "tcp/output.h"
#include "wire/packet_encode.h"

void rule_view_conn(struct rule_view *v, const struct tcp_conn *c, nstime now)
{
	*v = (struct rule_view){
		.state = c->f.state,
		.flow_id = c->f.id,
		.key = flow_key_of(&c->f),
		.irs = c->irs,
		.fin_seq = c->snd_max - 1,
		.told = c->last_ack_sent,
		.fin_sent = c->fin_sent,
		.fin_received = c->fin_received,
		.ts_ok = c->ts_ok,
		.syn = c->syn,
		.settings = c->settings,
	};
	v->values.v[VAR_ISS] = c->iss;
	v->values.v[VAR_IRS] = c->irs;
	v->values.v[VAR_SND_UNA] = c->snd_una;
	v->values.v[VAR_SND_NXT] = c->snd_max;
	v->values.v[VAR_SND_WND] = c->snd_wnd;
	v->values.v[VAR_RCV_NXT] = c->rcv_nxt;
	v->values.v[VAR_RCV_WND] = tcp_window_field(c);
	v->values.v[VAR_TS_VAL] = tcp_ts_clock(c->settings, c->ts_offset, now);
	v->values.v[VAR_TS_RECENT] = c->ts_recent;
}

void rule_view_half(struct rule_view *v, const struct tcp_half *h, nstime now)
{
	uint32_t window = h->settings->window >> (h->wscale_ok ? h->rcv_wscale : 0);

	*v = (struct rule_view){
		.state = h->f.state,
		.flow_id = h->f.id,
		.key = flow_key_of(&h->f),
		.irs = h->irs,
		.told = h->irs + 1,
		.ts_ok = h->ts_ok,
		.syn = {h->syn_flags, h->syn_options, h->syn_ae},
		.settings = h->settings,
	};
	v->values.v[VAR_ISS] = h->iss;
	v->values.v[VAR_IRS] = h->irs;
	v->values.v[VAR_SND_UNA] = h->iss;
	v->values.v[VAR_SND_NXT] = h->iss + 1;
	v->values.v[VAR_SND_WND] = h->snd_wnd;
	v->values.v[VAR_RCV_NXT] = h->irs + 1;
	v->values.v[VAR_RCV_WND] = window < UINT16_MAX ? window : UINT16_MAX;
	v->values.v[VAR_TS_VAL] = tcp_ts_clock(h->settings, h->ts_offset, now);
	v->values.v[VAR_TS_RECENT] = h->ts_recent;
}

void rule_view_none(struct rule_view *v, const struct tcp_settings *s, const struct flow_key *key,
		    const struct tcp_secrets *secrets, nstime now)
{
	*v = (struct rule_view){.state = STATE_LISTEN, .key = *key, .settings = s};
	v->values.v[VAR_ISS] = v->values.v[VAR_SND_UNA] = v->values.v[VAR_SND_NXT] = secrets->iss;
	v->values.v[VAR_RCV_WND] = s->window < UINT16_MAX ? s->window : UINT16_MAX;
	v->values.v[VAR_TS_VAL] = tcp_ts_clock(s, secrets->ts_offset, now);
}

void rule_view_segment(struct rule_view *v, const struct segment *seg)
{
	v->values.v[VAR_SEG_SEQ] = seg->seq;
	v->values.v[VAR_SEG_ACK] = seg->ack;
	v->values.v[VAR_SEG_LEN] = segment_seq_len(seg);
	v->values.v[VAR_SEG_WND] = seg->window;
	v->values.v[VAR_SEG_SIZE] = (uint32_t)packet_size(seg);
}

void rule_view_client(struct rule_view *v, const struct segment *seg)
{
	if (v->state != STATE_LISTEN)
		return;
	v->irs = v->values.v[VAR_IRS] = seg->seq;
	v->values.v[VAR_RCV_NXT] = seg->seq + segment_seq_len(seg);
	if ((seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
		return;
	v->values.v[VAR_SND_UNA] = seg->flags & TCP_ACK ? seg->ack : 0;
	v->values.v[VAR_SND_NXT] = v->values.v[VAR_SND_UNA];
}
