/* SPDX-License-Identifier: MIT */
/* quirks_segments: clients that send malformed segments in all circumstances. */
#include "quirks.h"
#include "wire/cursor.h"

#include <string.h>

/* Appends an option. */
static void add_option(struct segment *s, const uint8_t *option, uint8_t len)
{
	if (s->opt_len + len > SEGMENT_OPT_MAX)
		return;
	memcpy(s->opt + s->opt_len, option, len);
	s->opt_len += len;
}

/* Replaces every option of this kind with NOPs. */
static void remove_option(struct segment *s, uint8_t kind)
{
	struct option_walk w;

	option_walk_begin(&w, s->opt, s->opt_len);
	while (option_walk_next(&w) == OPTION_FOUND)
		if (w.kind == kind && w.data)
			memset(s->opt + (w.data - 2 - s->opt), OPT_NOP, w.data_len + 2u);
}

/* Returns the data of the option of this kind, or NULL if there is none. */
static uint8_t *option_data(struct segment *s, uint8_t kind)
{
	struct option_walk w;

	option_walk_begin(&w, s->opt, s->opt_len);
	while (option_walk_next(&w) == OPTION_FOUND)
		if (w.kind == kind && w.data)
			return s->opt + (w.data - s->opt);
	return NULL;
}

static enum hooked spoil_checksum(struct client *k, struct segment *s)
{
	(void)k;
	if (s->flags & TCP_FIN)
		s->lie.checksum = CHECKSUM_BAD;
	return HOOK_GO_ON;
}

static enum hooked late_option(struct segment *s, const uint8_t *option, uint8_t len)
{
	/* A segment with data may have no room for it. */
	if (!(s->flags & TCP_SYN) && !s->len)
		add_option(s, option, len);
	return HOOK_GO_ON;
}

static enum hooked late_mss(struct client *k, struct segment *s)
{
	(void)k;
	return late_option(s, (const uint8_t[]){OPT_MSS, 4, 5, 0xb4}, 4);
}

static enum hooked late_wscale(struct client *k, struct segment *s)
{
	(void)k;
	return late_option(s, (const uint8_t[]){OPT_WSCALE, 3, 7}, 3);
}

static enum hooked late_sack_permitted(struct client *k, struct segment *s)
{
	(void)k;
	return late_option(s, (const uint8_t[]){OPT_SACK_PERMITTED, 2}, 2);
}

static enum hooked length_too_long(struct client *k, struct segment *s)
{
	(void)k;
	return late_option(s, (const uint8_t[]){OPT_NOP, OPT_NOP, 200, 40}, 4);
}

static enum hooked dirt_behind_eol(struct client *k, struct segment *s)
{
	(void)k;
	return late_option(s, (const uint8_t[]){OPT_EOL, 0xde, 0xad, 0xbe}, 4);
}

static enum hooked no_mss(struct client *k, struct segment *s)
{
	(void)k;
	remove_option(s, OPT_MSS);
	return HOOK_GO_ON;
}

static enum hooked large_mss(struct client *k, struct segment *s)
{
	uint8_t *mss = option_data(s, OPT_MSS);

	(void)k;
	if (mss)
		put_u16(mss, 9000);
	return HOOK_GO_ON;
}

static enum hooked no_push(struct client *k, struct segment *s)
{
	(void)k;
	s->flags &= (uint8_t)~TCP_PSH;
	return HOOK_GO_ON;
}

static enum hooked urgent(struct client *k, struct segment *s)
{
	(void)k;
	if (s->len) {
		s->flags |= TCP_URG;
		s->urgent = (uint16_t)s->len;
	}
	return HOOK_GO_ON;
}

static void offer_ecn(struct tcp_settings *s)
{
	s->ecn = ECN_OFFER;
}

static enum hooked echo_in_syn(struct client *k, struct segment *s)
{
	uint8_t *ts = option_data(s, OPT_TIMESTAMPS);

	(void)k;
	if (ts && s->flags & TCP_SYN)
		put_u32(ts + 4, 4711);
	return HOOK_GO_ON;
}

static enum hooked no_stamp_on_fin(struct client *k, struct segment *s)
{
	(void)k;
	if (s->flags & TCP_FIN)
		remove_option(s, OPT_TIMESTAMPS);
	return HOOK_GO_ON;
}

static void fast_clock(struct tcp_settings *s)
{
	s->ts_tick = 10 * NS_PER_US;
}

const struct quirk quirks_segments[] = {
	{"MUST-2", "sends FINs with a wrong checksum", RESULT_FAIL, .send = spoil_checksum},
	{"MUST-65", "sends the MSS option on every segment", RESULT_FAIL, .send = late_mss},
	{"MUST-68", "sends an option that exceeds the header", RESULT_FAIL,
	 .send = length_too_long},
	{"MUST-69", "pads its options with octets other than 0", RESULT_FAIL,
	 .send = dirt_behind_eol},
	{"MUST-14", "sends no MSS option", RESULT_WARN, .send = no_mss},
	{"MUST-67", "advertises an MSS of 9000 on a link of 1500", RESULT_FAIL, .send = large_mss},
	{"MUST-61", "never sets PSH", RESULT_FAIL, .send = no_push},
	{"MUST-62", "sends all data as urgent", RESULT_INFO, .send = urgent},
	{"SHLD-8", "offers ECN", RESULT_INFO, .settings = offer_ecn},
	{"R7323-2.2a", "sends the window scale option on every segment", RESULT_FAIL,
	 .send = late_wscale},
	{"R7323-3.2a", "echoes a timestamp in its SYN", RESULT_WARN, .send = echo_in_syn},
	{"R7323-3.2b", "sends FINs without timestamps", RESULT_FAIL, .send = no_stamp_on_fin},
	{"R7323-5.4", "has a timestamp clock with ticks of 10 microseconds", RESULT_WARN,
	 .settings = fast_clock},
	{"R2018-2", "sends SACK-permitted on every segment", RESULT_FAIL,
	 .send = late_sack_permitted},
	{0},
};
