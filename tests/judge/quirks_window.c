/* SPDX-License-Identifier: MIT */
/* quirks_window: clients that misread our windows, advertise odd ones, or mishandle timestamps. */
#include "quirks.h"
#include "wire/cursor.h"

#include <string.h>

static bool is_open(const struct client *k)
{
	return state_synchronised(k->c.f.state);
}

/* --- our windows ------------------------------------------------------------------------------ */

/* A window of 32768 or more is negative. */
static void takes_window_as_signed(struct client *k, const struct segment *s)
{
	if (s && s->window > INT16_MAX && is_open(k) && !k->c.snd_wscale)
		k->c.snd_wnd = 0;
}

static bool shrinks(const struct client *k, const struct segment *s, uint32_t least, uint32_t most)
{
	uint32_t now = k->c.snd_una + k->c.snd_wnd;
	uint32_t then = s->ack + ((uint32_t)s->window << k->c.snd_wscale);

	return is_open(k) && s->flags & TCP_ACK && !(s->flags & (TCP_SYN | TCP_RST)) &&
	       seq_leq(k->c.snd_una, s->ack) && seq_lt(then, now) && now - then >= least &&
	       now - then < most;
}

static enum hooked reset_now(struct client *k)
{
	struct segment rst = client_segment(k, TCP_RST | TCP_ACK);

	client_send(k, &rst);
	client_forget(k);
	return HOOK_TAKEN;
}

static enum hooked resets_at_shrink(struct client *k, struct segment *s)
{
	return shrinks(k, s, 1u << k->c.snd_wscale, UINT32_MAX) ? reset_now(k) : HOOK_GO_ON;
}

static enum hooked resets_at_small_shrink(struct client *k, struct segment *s)
{
	return shrinks(k, s, 1, 1u << k->c.snd_wscale) ? reset_now(k) : HOOK_GO_ON;
}

/* Keeps the largest right edge that it has received. */
static enum hooked keeps_old_edge(struct client *k, struct segment *s)
{
	if (shrinks(k, s, 1u << k->c.snd_wscale, UINT32_MAX))
		s->window = (uint16_t)((k->c.snd_una + k->c.snd_wnd - s->ack) >> k->c.snd_wscale);
	return HOOK_GO_ON;
}

/* note[0]: our window shrank. The client sends no data for two seconds, then resets. */
static enum hooked waits_when_shrunk(struct client *k, struct segment *s)
{
	if (!k->note[0] && shrinks(k, s, 1u << k->c.snd_wscale, UINT32_MAX)) {
		k->note[0] = 1;
		k->when[0] = k->now;
	}
	return HOOK_GO_ON;
}

static enum hooked gives_up_when_shrunk(struct client *k, struct segment *s)
{
	if (!k->note[0] || !is_open(k))
		return HOOK_GO_ON;
	if (k->now - k->when[0] < 2 * NS_PER_S)
		return s->len ? HOOK_TAKEN : HOOK_GO_ON;
	if (k->note[0]++ == 1)
		reset_now(k);
	return HOOK_TAKEN;
}

static enum hooked sends_no_probe(struct client *k, struct segment *s)
{
	bool probe = s->len && is_open(k) && !k->c.snd_wnd;

	return probe ? HOOK_TAKEN : HOOK_GO_ON;
}

static void hurries_first_probe(struct client *k, const struct segment *s)
{
	(void)s;
	if (is_open(k) && !k->c.snd_wnd && k->c.sendq.len && k->note[0] < 2) {
		k->note[0]++;
		k->c.deadline[TIMER_PERSIST] = k->now + 5 * NS_PER_MS;
	}
}

static void probes_evenly(struct client *k, const struct segment *s)
{
	(void)s;
	k->c.backoff = 0;
}

static void gives_up_probing(struct client *k, const struct segment *s)
{
	if (s || !is_open(k) || k->c.snd_wnd || !k->c.sendq.len)
		return;
	if (++k->note[0] == 5)
		reset_now(k);
}

static void fills_silly_windows(struct tcp_settings *s)
{
	s->sws_avoidance = false;
}

static void ignores_the_shift_of_syn(struct client *k, const struct segment *s)
{
	if (s && s->flags & TCP_SYN && is_open(k) && !k->note[0]) {
		k->note[0] = 1;
		k->c.snd_wnd <<= k->c.snd_wscale;
	}
}

/* We did not offer window scaling, but the client scales its own windows. */
static enum hooked scales_alone(struct client *k, struct segment *s)
{
	if (is_open(k) && !k->c.wscale_ok && !(s->flags & TCP_SYN))
		s->window >>= 2;
	return HOOK_GO_ON;
}

static void takes_any_shift(struct client *k, const struct segment *s)
{
	struct options o;

	if (!s || !(s->flags & TCP_SYN) || !is_open(k))
		return;
	options_decode(s->opt, s->opt_len, &o);
	if (o.has_wscale && o.wscale > 14)
		k->c.snd_wscale = 15;
}

/* --- the client's windows --------------------------------------------------------------------- */

static enum hooked takes_window_back(struct client *k, struct segment *s)
{
	if (is_open(k) && s->flags == TCP_ACK && k->c.octets_in > 2000)
		s->window /= 2;
	return HOOK_GO_ON;
}

/* Reads a few octets, and advertises a window of a few octets. Reads on at each timer. */
static void reads_drop_by_drop(struct client *k, const struct segment *s)
{
	(void)s;
	if (!is_open(k) || k->opened == NS_NEVER || k->note[0] > 20 ||
	    k->now < k->opened + k->scenario->pause / 2 || !k->c.recvq.ready)
		return;
	tcp_consume(&k->c, 8);
	k->note[0]++;
}

static enum hooked reads_on(struct client *k, struct segment *s)
{
	if (k->note[0] && k->note[0] <= 20 && s->flags == TCP_ACK)
		k->c.deadline[TIMER_ACK] = k->now + NS_PER_MS;
	return HOOK_GO_ON;
}

static void gives_silly_windows(struct tcp_settings *s)
{
	s->sws_avoidance = false;
}

/* --- timestamps ------------------------------------------------------------------------------- */

static bool has_ts(const struct segment *s, struct options *o)
{
	options_decode(s->opt, s->opt_len, o);
	return o->has_ts;
}

/* A segment without a timestamp is given the expected one. */
static enum hooked needs_no_stamp(struct client *k, struct segment *s)
{
	struct options o;

	if (is_open(k) && k->c.ts_ok && !has_ts(s, &o) && !(s->flags & (TCP_SYN | TCP_RST))) {
		s->opt_len = 12;
		memcpy(s->opt, (uint8_t[]){OPT_NOP, OPT_NOP, OPT_TIMESTAMPS, 10}, 4);
		put_u32(s->opt + 4, k->c.ts_recent);
		put_u32(s->opt + 8, 0);
	}
	return HOOK_GO_ON;
}

static enum hooked resets_without_stamp(struct client *k, struct segment *s)
{
	struct options o;

	if (is_open(k) && k->c.ts_ok && !has_ts(s, &o) && !(s->flags & (TCP_SYN | TCP_RST)))
		return reset_now(k);
	return HOOK_GO_ON;
}

static enum hooked drops_unasked_stamps(struct client *k, struct segment *s)
{
	struct options o;

	return is_open(k) && !k->c.ts_ok && has_ts(s, &o) ? HOOK_TAKEN : HOOK_GO_ON;
}

static enum hooked knows_no_paws(struct client *k, struct segment *s)
{
	struct options o;

	if (is_open(k) && k->c.ts_ok && has_ts(s, &o) && seq_lt(o.ts_val, k->c.ts_recent))
		k->c.ts_recent = o.ts_val;
	return HOOK_GO_ON;
}

static enum hooked paws_for_resets(struct client *k, struct segment *s)
{
	struct options o;

	return is_open(k) && s->flags & TCP_RST && has_ts(s, &o) && seq_lt(o.ts_val, k->c.ts_recent)
		       ? HOOK_TAKEN
		       : HOOK_GO_ON;
}

/* Echoes the latest TSval, whichever segment had it. */
static void echoes_the_latest(struct client *k, const struct segment *s)
{
	struct options o;

	if (s && is_open(k) && k->c.ts_ok && has_ts(s, &o))
		k->c.ts_recent = o.ts_val;
}

static enum hooked resets_without_stamps(struct client *k, struct segment *s)
{
	(void)k;
	if (s->flags & TCP_RST)
		s->opt_len = 0;
	return HOOK_GO_ON;
}

const struct quirk quirks_window[] = {
	{"MUST-1", "reads windows as signed numbers", RESULT_FAIL, .after = takes_window_as_signed,
	 .only = "win-big"},
	{"MUST-34", "resets when the window shrinks", RESULT_FAIL, .receive = resets_at_shrink},
	{"SHLD-15", "sends up to the largest right edge received", RESULT_WARN,
	 .receive = keeps_old_edge},
	{"SHLD-16", "gives up while the window is shrunk", RESULT_WARN,
	 .receive = waits_when_shrunk, .send = gives_up_when_shrunk},
	{"MUST-36", "sends no window probes", RESULT_FAIL, .send = sends_no_probe},
	{"SHLD-29", "sends the first window probe at once", RESULT_WARN,
	 .after = hurries_first_probe},
	{"SHLD-30", "sends window probes without backoff", RESULT_WARN, .after = probes_evenly,
	 .only = "win-zero-hold"},
	{"MUST-37", "gives up after five window probes", RESULT_FAIL, .after = gives_up_probing},
	{"MUST-38", "fills windows of any size", RESULT_FAIL, .settings = fills_silly_windows},
	{"R7323-2.2b", "scales the window of a SYN-ACK", RESULT_FAIL,
	 .after = ignores_the_shift_of_syn},
	{"R7323-2.2c", "scales its windows without negotiation", RESULT_FAIL, .send = scales_alone},
	{"R7323-2.3", "accepts a shift count above 14", RESULT_FAIL, .after = takes_any_shift},
	{"R7323-2.4", "resets when the window shrinks by a few octets", RESULT_FAIL,
	 .receive = resets_at_small_shrink},
	{"SHLD-14", "shrinks its window", RESULT_WARN, .send = takes_window_back},
	{"MUST-39", "opens its window by a few octets", RESULT_FAIL,
	 .settings = gives_silly_windows, .after = reads_drop_by_drop, .send = reads_on,
	 .only = "slow-reader"},
	{"R7323-3.2c", "accepts segments without timestamps", RESULT_WARN,
	 .receive = needs_no_stamp},
	{"R7323-3.2d", "resets after a segment without timestamps", RESULT_FAIL,
	 .receive = resets_without_stamp},
	{"R7323-3.2e", "discards segments with unnegotiated timestamps", RESULT_FAIL,
	 .receive = drops_unasked_stamps},
	{"R7323-3.2f", "sends resets without timestamps", RESULT_WARN,
	 .send = resets_without_stamps},
	{"R7323-4.3", "echoes the latest timestamp", RESULT_WARN, .after = echoes_the_latest},
	{"R7323-5.3a", "accepts data with an old timestamp", RESULT_FAIL, .receive = knows_no_paws},
	{"R7323-5.3b", "ignores resets with an old timestamp", RESULT_FAIL,
	 .receive = paws_for_resets},
	{0},
};
