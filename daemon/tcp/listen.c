/* SPDX-License-Identifier: MIT */
#include "tcp/listen.h"

#include "tcp/cookie.h"
#include "tcp/segment_out.h"

#include <string.h>

#define AFTER_STEP 65536 /* distance of the new ISN from the previous connection's numbers */

void tcp_closed(enum closed_policy policy, const struct segment *seg, struct plan *plan)
{
	if (policy == CLOSED_ICMP && !(seg->flags & TCP_RST))
		plan_icmp(plan, seg, "port-unreachable", 0);
	else if (policy != CLOSED_SILENCE)
		reset_out(plan, seg);
}

/* Initialises the fields that do not depend on the negotiation. */
static void half_begin(struct tcp_half *half, const struct tcp_listener *l,
		       const struct segment *seg, uint32_t irs, nstime now)
{
	*half = (struct tcp_half){
		.f = {.state = STATE_SYN_RECEIVED, .kind = FLOW_HALF},
		.settings = l->settings,
		.began = now,
		.irs = irs,
		.sent = 1,
		.snd_wnd = seg->window,
	};
	flow_set_key(&half->f, l->key);
	half->link_mss = (uint16_t)(l->mtu - (half->f.v4 ? 40 : 60));
}

/* Sets the ISN and the offset of the timestamp clock. */
static void half_secrets(struct tcp_half *half, const struct tcp_listener *l, nstime now)
{
	const struct tcp_settings *s = l->settings;

	struct tcp_secrets secrets;

	tcp_secrets(s, l->key, l->keys, now, &secrets);
	half->iss = secrets.iss;
	half->ts_offset = secrets.ts_offset;
	if (l->has_after && !s->iss_given && seq_leq(half->iss, l->after))
		half->iss = l->after + AFTER_STEP;
}

/* Negotiates the options that are in the SYN and in our own list. */
static void half_negotiate(struct tcp_half *h, const struct segment *syn, const struct options *o)
{
	const struct tcp_settings *s = h->settings;
	uint8_t ecn_setup = TCP_ECE | TCP_CWR; /* RFC 3168 6.1.1; an AccECN SYN has both, too */

	tcp_half_note_syn(h, syn, o);
	h->peer_mss = o->has_mss ? o->mss : 0;
	h->wscale_ok =
		o->has_wscale && s->window_scaling && syn_options_has(&s->options, SYN_OPT_WSCALE);
	h->peer_wscale = o->wscale < WSCALE_MAX ? o->wscale : WSCALE_MAX;
	h->rcv_wscale = h->wscale_ok ? wscale_for(s) : 0;
	h->sack_ok = o->sack_permitted && s->sack && syn_options_has(&s->options, SYN_OPT_SACK);
	h->ts_ok = o->has_ts && s->timestamps && syn_options_has(&s->options, SYN_OPT_TS);
	h->ts_recent = h->ts_ok ? o->ts_val : 0;
	h->ecn_ok = s->ecn != ECN_OFF && (syn->flags & ecn_setup) == ecn_setup;
}

/* Sends a SYN-ACK without keeping a record. */
static void answer_by_cookie(struct tcp_half *h, const struct tcp_listener *l, nstime now,
			     struct plan *plan)
{
	struct cookie_facts facts = {
		.peer_mss = h->peer_mss ? h->peer_mss : mss_default(h->f.v4),
		.has_ts = h->ts_ok,
		.has_wscale = h->wscale_ok,
		.wscale = h->peer_wscale,
		.sack = h->sack_ok,
		.ecn = h->ecn_ok,
	};

	/* Facts that the cookie cannot carry are not negotiated. */
	h->wscale_ok = h->wscale_ok && h->ts_ok;
	h->sack_ok = h->sack_ok && h->ts_ok;
	h->ecn_ok = h->ecn_ok && h->ts_ok;
	h->iss = cookie_iss(&l->keys->syn_cookie, l->key, h->irs, &facts, now);
	if (h->ts_ok) {
		uint32_t clock = tcp_ts_clock(h->settings, h->ts_offset, now);

		h->ts_offset -= clock - cookie_ts(clock, &facts);
	}
	tcp_half_synack(h, NULL, now, plan);
}

/* Returns true, and fills *half, if an ACK for a listening port carries our SYN cookie. */
static bool cookie_came_back(const struct tcp_listener *l, const struct segment *seg, nstime now,
			     struct tcp_half *half)
{
	struct cookie_facts facts;
	struct options o;

	if (l->settings->backlog_full != BACKLOG_COOKIE || seg->flags & (TCP_SYN | TCP_RST))
		return false;
	half_begin(half, l, seg, seg->seq - 1, now);
	options_decode(seg->opt, seg->opt_len, &o);
	if (!cookie_check(&l->keys->syn_cookie, l->key, half->irs, seg->ack - 1,
			  o.has_ts ? &o.ts_ecr : NULL, now, &facts))
		return false;
	half_secrets(half, l, now);
	half->iss = seg->ack - 1;
	half->cookie = true;
	half->peer_mss = facts.peer_mss;
	half->wscale_ok = facts.has_wscale;
	half->peer_wscale = facts.has_wscale ? facts.wscale : 0;
	half->rcv_wscale = facts.has_wscale ? wscale_for(l->settings) : 0;
	half->sack_ok = facts.sack;
	half->ecn_ok = facts.ecn;
	half->ts_ok = facts.has_ts;
	half->ts_recent = o.ts_val;
	return true;
}

static enum listen_verdict answer_full(const struct tcp_listener *l, const struct segment *seg,
				       nstime now, struct tcp_half *half, struct plan *plan)
{
	switch ((enum backlog_policy)l->settings->backlog_full) {
	case BACKLOG_DROP: break;
	case BACKLOG_RESET: reset_out(plan, seg); break;
	case BACKLOG_COOKIE:
		/* TIME-WAIT yields only to a record. With a cookie, the client's ACK would reach
		 * TIME-WAIT. */
		if (!l->has_after)
			answer_by_cookie(half, l, now, plan);
		break;
	}
	return LISTEN_NOTHING;
}

/*
 * RFC 7413 4.2.2. Returns true if the data in the SYN is accepted. Otherwise *grant is the cookie
 * to grant; NULL: none. Data in a SYN that replaces a connection in TIME-WAIT is not accepted, as
 * the SYN may be an old duplicate. With fast_open_any, only a client that requests a cookie is
 * granted one.
 */
static bool fast_open(const struct tcp_listener *l, const struct segment *seg,
		      const struct options *o, uint8_t cookie[FAST_OPEN_COOKIE_MAX],
		      const uint8_t **grant)
{
	const struct tcp_settings *s = l->settings;
	bool takes = seg->len && !l->fast_open_full && !l->has_after, good;

	*grant = NULL;
	if (!s->fast_open)
		return false;
	if (!o->has_fast_open || !syn_options_has(&s->options, SYN_OPT_FAST_OPEN))
		return s->fast_open_any && takes;
	cookie_fast_open(&l->keys->fast_open, l->key, s->fast_open_cookie, cookie);
	if (s->fast_open_any)
		good = o->fast_open_len || takes;
	else
		good = o->fast_open_len == s->fast_open_cookie &&
		       memcmp(o->fast_open, cookie, s->fast_open_cookie) == 0;
	if (!good)
		*grant = cookie;
	return good && takes;
}

enum listen_verdict tcp_listen(const struct tcp_listener *l, const struct segment *seg, nstime now,
			       struct tcp_half *half, struct plan *plan)
{
	uint8_t cookie[FAST_OPEN_COOKIE_MAX];
	const uint8_t *grant;
	struct options o;

	if (l->settings->closed != CLOSED_NOT) {
		tcp_closed(l->settings->closed, seg, plan);
		return LISTEN_NOTHING;
	}
	/* First, check for an RST; second, for an ACK; third, for a SYN. Fourth, discard the
	 * rest. */
	if (seg->flags & TCP_RST)
		return LISTEN_NOTHING;
	if (seg->flags & TCP_ACK) {
		if (cookie_came_back(l, seg, now, half))
			return LISTEN_COOKIE;
		reset_out(plan, seg);
		return LISTEN_NOTHING;
	}
	if (!(seg->flags & TCP_SYN))
		return LISTEN_NOTHING;

	half_begin(half, l, seg, seg->seq, now);
	half_secrets(half, l, now);
	options_decode(seg->opt, seg->opt_len, &o);
	half_negotiate(half, seg, &o);
	if (l->full)
		return answer_full(l, seg, now, half, plan);
	if (fast_open(l, seg, &o, cookie, &grant))
		return LISTEN_FAST_OPEN;
	tcp_half_synack(half, grant, now, plan);
	return LISTEN_HALF;
}
