/* SPDX-License-Identifier: MIT */
#include "tcp/time_wait_record.h"

#include "tcp/output.h"
#include "tcp/segment_out.h"

/* --- numbers in fewer bits -------------------------------------------------------------------- */

#define AGE_BITS 27 /* of the significand; the other bits are an exponent of 2 */

static uint32_t age_pack(nstime age)
{
	unsigned exponent = 0;

	if (age < 0)
		return 0;
	while (age >> exponent >> AGE_BITS)
		exponent++;
	return exponent << AGE_BITS | (uint32_t)(age >> exponent);
}

static nstime age_unpack(uint32_t age)
{
	return (nstime)(age & ((1u << AGE_BITS) - 1)) << (age >> AGE_BITS);
}

nstime tcp_time_wait_began(const struct tcp_time_wait *w)
{
	return w->f.timer.deadline - w->settings->time_wait - age_unpack(w->age);
}

/* Stores a window as the client or we advertise it: 16 bits, with or without the scale. Returns
 * false for a window that was not advertised so, but is the rest of one. */
static bool window_pack(uint32_t window, uint8_t shift, uint16_t *field, bool *scaled)
{
	*scaled = window > UINT16_MAX;
	*field = (uint16_t)(*scaled ? window >> shift : window);
	return (uint32_t)*field << (*scaled ? shift : 0) == window;
}

static uint32_t window_unpack(uint16_t field, bool scaled, uint8_t shift)
{
	return (uint32_t)field << (scaled ? shift : 0);
}

/* Returns the shift of our window, which follows from the settings. */
static uint8_t rcv_wscale(const struct tcp_settings *s, bool wscale_ok)
{
	return wscale_ok ? wscale_for(s) : 0;
}

/* --- pack ------------------------------------------------------------------------------------- */

/* Returns true if both directions have ended, and nothing is left to send or to read. */
static bool is_finished(const struct tcp_conn *c)
{
	return c->f.state == STATE_TIME_WAIT && c->fin_received && c->fin_sent && c->syn_acked &&
	       c->snd_una == c->snd_max && c->snd_nxt == c->snd_max && !c->sendq.len &&
	       !c->recvq.ready && !c->recvq.ranges && !c->torn;
}

/* Returns true if the client knows all that we would tell it. */
static bool is_told(const struct tcp_conn *c)
{
	return !c->ack_owed && c->last_ack_sent == c->rcv_nxt && c->dsack_from == c->dsack_to;
}

static bool is_only_lingering(const struct tcp_conn *c)
{
	for (int i = 0; i < TIMER_COUNT; i++)
		if (i != TIMER_LINGER && c->deadline[i] != NS_NEVER)
			return false;
	return c->deadline[TIMER_LINGER] != NS_NEVER;
}

#define OCTETS_MAX (1u << 24)

/* Returns true if the other variables have the values that tcp_conn_from_time_wait() derives. */
static bool is_derivable(const struct tcp_conn *c)
{
	return c->rcv_buffer == c->settings->window && !c->rcv_taken_back &&
	       (!c->wscale_ok || c->rcv_wscale == wscale_for(c->settings)) &&
	       seq_leq(c->snd_wl1, c->rcv_nxt) && c->octets_in < OCTETS_MAX &&
	       c->octets_in == c->rcv_nxt - c->irs - 2 && c->octets_out < OCTETS_MAX &&
	       c->octets_out == c->snd_max - c->iss - 2;
}

static bool windows_pack(struct tcp_time_wait *w, const struct tcp_conn *c)
{
	uint8_t shift = rcv_wscale(c->settings, c->wscale_ok);
	uint32_t before = c->rcv_nxt - c->snd_wl1;
	bool rcv_scaled, snd_scaled, max_scaled;

	if (!window_pack(c->rcv_adv - c->rcv_nxt, shift, &w->rcv_wnd, &rcv_scaled) ||
	    !window_pack(c->snd_wnd, c->snd_wscale, &w->snd_wnd, &snd_scaled) ||
	    !window_pack(c->snd_wnd_max, c->snd_wscale, &w->snd_wnd_max, &max_scaled))
		return false;
	w->snd_wl1 = before < UINT16_MAX ? (uint16_t)before : UINT16_MAX;
	w->rcv_wnd_scaled = rcv_scaled;
	w->snd_wnd_scaled = snd_scaled;
	w->snd_wnd_max_scaled = max_scaled;
	return true;
}

bool tcp_time_wait_from_conn(struct tcp_time_wait *w, const struct tcp_conn *c, nstime began,
			     nstime now)
{
	if (!is_finished(c) || !is_told(c) || !is_only_lingering(c) || !is_derivable(c) ||
	    tcp_challenges_end(c) > now)
		return false;
	*w = (struct tcp_time_wait){
		.f = c->f,
		.settings = c->settings,
		.iss = c->iss,
		.irs = c->irs,
		.octets_in = c->octets_in & (OCTETS_MAX - 1),
		.octets_out = c->octets_out & (OCTETS_MAX - 1),
		.ts_recent = c->ts_recent,
		.ts_offset = c->ts_offset,
		.age = age_pack(c->deadline[TIMER_LINGER] - c->settings->time_wait - began),
		.ip_id = c->ip_id,
		.syn_flags = c->syn.flags,
		.syn_options = c->syn.options,
		.snd_wscale = c->snd_wscale & 15,
		.wscale_ok = c->wscale_ok,
		.sack_ok = c->sack_ok,
		.ts_ok = c->ts_ok,
		.ecn_ok = c->ecn_ok,
		.ecn_echo = c->ecn_echo,
		.syn_ae = c->syn.ae,
		.window_grows = tcp_window_grows(c),
	};
	w->f.kind = FLOW_TIME_WAIT;
	w->f.node = (struct hash_node){0};
	w->f.timer = (struct timer){0};
	return windows_pack(w, c);
}

/* --- unpack ----------------------------------------------------------------------------------- */

static void unpack_sender(struct tcp_conn *c, const struct tcp_time_wait *w)
{
	uint32_t snd_nxt = tcp_time_wait_snd_nxt(w);

	c->iss = w->iss;
	c->snd_una = c->snd_nxt = c->snd_max = snd_nxt;
	c->snd_wscale = w->snd_wscale;
	c->snd_wnd = window_unpack(w->snd_wnd, w->snd_wnd_scaled, w->snd_wscale);
	c->snd_wnd_max = window_unpack(w->snd_wnd_max, w->snd_wnd_max_scaled, w->snd_wscale);
	/* No acceptable segment begins so long before RCV.NXT that the limit of w->snd_wl1 matters.
	 * The ACK field of an acceptable segment is SND.NXT, as all octets are acknowledged. */
	c->snd_wl1 = tcp_time_wait_rcv_nxt(w) - w->snd_wl1;
	c->snd_wl2 = snd_nxt;
	c->syn_acked = c->fin_queued = c->fin_sent = true;
	/* The MSS serves only to decide if a larger window is advertised. */
	c->snd_mss = w->window_grows ? 1 : UINT16_MAX;
	c->octets_out = w->octets_out;
}

static void unpack_receiver(struct tcp_conn *c, const struct tcp_time_wait *w)
{
	uint8_t shift = rcv_wscale(w->settings, w->wscale_ok);
	uint32_t rcv_nxt = tcp_time_wait_rcv_nxt(w);

	c->irs = w->irs;
	c->rcv_nxt = c->last_ack_sent = rcv_nxt;
	c->rcv_adv = rcv_nxt + window_unpack(w->rcv_wnd, w->rcv_wnd_scaled, shift);
	c->rcv_wscale = shift;
	c->rcv_buffer = w->settings->window;
	c->fin_seq = rcv_nxt - 1;
	c->fin_seen = c->fin_received = true;
	c->ecn_echo = w->ecn_echo;
	c->octets_in = w->octets_in;
}

void tcp_conn_from_time_wait(struct tcp_conn *c, const struct tcp_time_wait *w)
{
	nstime since = w->f.timer.deadline - w->settings->time_wait;

	*c = (struct tcp_conn){.settings = w->settings};
	flow_copy(&c->f, &w->f);
	c->f.kind = FLOW_CONN;
	c->wscale_ok = w->wscale_ok;
	c->sack_ok = w->sack_ok;
	c->ts_ok = w->ts_ok;
	c->ecn_ok = w->ecn_ok;
	c->syn = (struct marks){w->syn_flags, w->syn_options, w->syn_ae};
	c->ts_recent = w->ts_recent;
	c->ts_offset = w->ts_offset;
	unpack_sender(c, w);
	unpack_receiver(c, w);
	tcp_conn_defaults(c);
	c->ip_id = w->ip_id;
	/* The FIN, the last segment that can set them, has started the timer. */
	c->ts_recent_at = c->heard_at = since;
	c->deadline[TIMER_LINGER] = w->f.timer.deadline;
	c->user_gone = true;
}
