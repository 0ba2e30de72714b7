/* SPDX-License-Identifier: MIT */
/* quirks_timing: clients that retransmit too early, too late, too often, too little or too much. */
#include "quirks.h"

#include <string.h>

static bool is_open(const struct client *k)
{
	return state_synchronised(k->c.f.state);
}

/* --- timeouts --------------------------------------------------------------------------------- */

/* After an ACK of a retransmitted segment it assumes a round-trip time near zero. */
static void samples_anything(struct client *k, const struct segment *s)
{
	if (s && is_open(k) && k->note[0] && seq_lt((uint32_t)k->note[1], k->c.snd_una)) {
		k->c.rto = 20 * NS_PER_MS;
		k->c.backoff = 0;
		k->note[0] = 0;
	}
	if (!s && is_open(k) && k->c.backoff) {
		k->note[0] = 1;
		k->note[1] = k->c.snd_una;
	}
}

/* On a timeout it retransmits all outstanding data. */
static enum hooked resends_all(struct client *k, struct segment *s)
{
	static const uint8_t octets[1000];

	if (!is_open(k) || !s->len || s->seq != k->c.snd_una || !k->c.backoff ||
	    k->c.sendq.len < 4000)
		return HOOK_GO_ON;
	client_send(k, s);
	for (uint32_t i = 0; i < 2; i++) {
		struct segment again = *s;

		again.seq += s->len + i * 1000;
		again.payload = octets;
		again.len = sizeof(octets);
		client_send(k, &again);
	}
	return HOOK_TAKEN;
}

static void never_gives_up(struct tcp_settings *s)
{
	s->r2 = 100000 * NS_PER_S;
}

static void gives_up_soon(struct tcp_settings *s)
{
	s->r2 = 20 * NS_PER_S;
}

static void stops_connecting_soon(struct tcp_settings *s)
{
	s->r2_syn = 20 * NS_PER_S;
}

static void starts_hasty(struct tcp_settings *s)
{
	s->rto_initial = 300 * NS_PER_MS;
}

static void has_a_low_floor(struct client *k, const struct segment *s)
{
	(void)s;
	if (is_open(k) && k->c.rto > 200 * NS_PER_MS)
		k->c.rto = 200 * NS_PER_MS;
}

static void has_a_low_ceiling(struct tcp_settings *s)
{
	s->rto_max = 8 * NS_PER_S;
}

/* Sends the second segment in place of the first. */
static enum hooked resends_the_second(struct client *k, struct segment *s)
{
	static const uint8_t octets[1000];

	if (!is_open(k) || !s->len || s->seq != k->c.snd_una || !k->c.backoff ||
	    k->c.sendq.len < 4000 || !k->c.snd_wnd)
		return HOOK_GO_ON;
	s->seq += 1000;
	s->payload = octets;
	s->len = sizeof(octets);
	return HOOK_GO_ON;
}

static void never_backs_off(struct client *k, const struct segment *s)
{
	if (!s && k->c.backoff && k->c.deadline[TIMER_RETRANSMIT] != NS_NEVER)
		k->c.deadline[TIMER_RETRANSMIT] = k->now + k->c.rto;
}

static void forgets_lost_syns(struct client *k, const struct segment *s)
{
	(void)s;
	if (k->note[0] || !is_open(k))
		return;
	k->note[0] = 1;
	k->c.rto = NS_PER_S;
	k->c.backoff = 0;
	if (k->c.deadline[TIMER_RETRANSMIT] != NS_NEVER)
		k->c.deadline[TIMER_RETRANSMIT] = k->now + NS_PER_S;
}

/* --- sizes ------------------------------------------------------------------------------------ */

static void sends_by_the_link(struct client *k, const struct segment *s)
{
	if (s && s->flags & TCP_SYN)
		k->c.snd_mss = k->c.link_mss;
}

static void sends_by_the_link_unless_told(struct client *k, const struct segment *s)
{
	struct options o;

	if (!s || !(s->flags & TCP_SYN))
		return;
	options_decode(s->opt, s->opt_len, &o);
	if (!o.has_mss)
		k->c.snd_mss = k->c.link_mss;
}

static void obeys_no_mss(struct client *k, const struct segment *s)
{
	struct options o;

	if (!s || !(s->flags & TCP_SYN))
		return;
	options_decode(s->opt, s->opt_len, &o);
	if (o.has_mss)
		sends_by_the_link(k, s);
}

static void takes_options_off(struct tcp_settings *s)
{
	s->mss = 1448;
}

static enum hooked splits_segments(struct client *k, struct segment *s)
{
	if (!is_open(k) || s->len < 1000)
		return HOOK_GO_ON;
	for (uint32_t at = 0; at < s->len; at += 200) {
		struct segment part = *s;

		part.seq += at;
		part.payload += at;
		part.len = s->len - at < 200 ? s->len - at : 200;
		client_send(k, &part);
	}
	return HOOK_TAKEN;
}

static void has_no_nagle(struct tcp_settings *s)
{
	s->nagle = false;
}

/* --- ACKs ------------------------------------------------------------------------------------- */

static void delays_for_long(struct tcp_settings *s)
{
	s->delayed_ack = 700 * NS_PER_MS;
}

/* note[0]: its ACKs wait for a timer, since when[0]. */
static enum hooked acknowledges_seldom(struct client *k, struct segment *s)
{
	if (!is_open(k) || s->flags != TCP_ACK || s->len || !k->c.octets_in)
		return HOOK_GO_ON;
	if (!k->note[0]) {
		k->note[0] = 1;
		k->when[0] = k->now;
	}
	if (k->now - k->when[0] >= 100 * NS_PER_MS) {
		k->note[0] = 0;
		return HOOK_GO_ON;
	}
	k->c.deadline[TIMER_ACK] = k->when[0] + 100 * NS_PER_MS;
	return HOOK_TAKEN;
}

static void selects_unasked(struct client *k, const struct segment *s)
{
	if (s && s->flags & TCP_SYN)
		k->c.sack_ok = true;
}

/* Returns the blocks of an ACK, in their order. */
static uint8_t *blocks_of(struct segment *s, unsigned *count)
{
	struct option_walk w;

	option_walk_begin(&w, s->opt, s->opt_len);
	while (option_walk_next(&w) == OPTION_FOUND)
		if (w.kind == OPT_SACK) {
			*count = w.data_len / 8;
			return s->opt + (w.data - s->opt);
		}
	return NULL;
}

static enum hooked reports_oldest_first(struct client *k, struct segment *s)
{
	unsigned count = 0;
	uint8_t *block = blocks_of(s, &count), first[8];

	(void)k;
	if (!block || count < 2)
		return HOOK_GO_ON;
	memcpy(first, block, sizeof(first));
	memcpy(block, block + (count - 1) * 8, 8);
	memcpy(block + (count - 1) * 8, first, 8);
	return HOOK_GO_ON;
}

static enum hooked reports_one_block(struct client *k, struct segment *s)
{
	unsigned count = 0;
	uint8_t *block = blocks_of(s, &count);

	(void)k;
	if (!block || count < 2)
		return HOOK_GO_ON;
	block[-1] = 10;
	s->opt_len = (uint8_t)(block + 8 - s->opt);
	return HOOK_GO_ON;
}

/* Treats selectively acknowledged data as acknowledged, and never retransmits it. */
static enum hooked forgets_selected(struct client *k, struct segment *s)
{
	return k->note[0] && s->len && seq_lt(s->seq, (uint32_t)k->note[2]) &&
			       seq_lt((uint32_t)k->note[1], s->seq + s->len)
		       ? HOOK_TAKEN
		       : HOOK_GO_ON;
}

static enum hooked notes_selected(struct client *k, struct segment *s)
{
	unsigned count = 0;
	uint8_t *block = blocks_of(s, &count);

	if (block && !k->note[0] && is_open(k)) {
		k->note[0] = 1;
		k->note[1] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
			     (uint32_t)block[2] << 8 | block[3];
		k->note[2] = (uint32_t)block[4] << 24 | (uint32_t)block[5] << 16 |
			     (uint32_t)block[6] << 8 | block[7];
	}
	return HOOK_GO_ON;
}

/* Only once: otherwise selectively acknowledged data would not be retransmitted, either. note[3]:
 * done. */
static enum hooked skips_left_edge(struct client *k, struct segment *s)
{
	static const uint8_t octets[500];

	if (!k->note[0] || k->note[3] || !s->len || s->seq != k->c.snd_una ||
	    !seq_lt(s->seq + s->len, k->c.snd_max) || k->c.sendq.len < 4000)
		return HOOK_GO_ON;
	k->note[3] = 1;
	s->seq += 500;
	s->payload = octets;
	s->len = sizeof(octets);
	return HOOK_GO_ON;
}

/* --- keep-alives ------------------------------------------------------------------------------ */

static void asks_every_minute(struct tcp_settings *s)
{
	s->keepalive = 60 * NS_PER_S;
}

static void has_a_clock(struct tcp_settings *s)
{
	s->keepalive = 20 * NS_PER_S;
}

/* The TCP does not do this, so the quirk sends keep-alives when a timer expires. */
static void asks_while_waiting(struct client *k, const struct segment *s)
{
	struct segment question;

	if (s || !is_open(k) || k->c.snd_una == k->c.snd_max ||
	    k->now - k->c.sent_at < 15 * NS_PER_S)
		return;
	question = client_segment(k, TCP_ACK);
	question.seq = k->c.snd_max - 1;
	client_send(k, &question);
}

/* note[0]: it has sent a keep-alive. Without an answer by the next one it resets the connection. */
static enum hooked asks_once(struct client *k, struct segment *s)
{
	bool question = is_open(k) && s->flags == TCP_ACK && !s->len && s->seq == k->c.snd_max - 1;

	if (!question)
		return HOOK_GO_ON;
	if (k->note[0] && k->c.heard_at < k->when[0]) {
		struct segment rst = client_segment(k, TCP_RST | TCP_ACK);

		client_send(k, &rst);
		client_forget(k);
		return HOOK_TAKEN;
	}
	k->note[0] = 1;
	k->when[0] = k->now;
	return HOOK_GO_ON;
}

static enum hooked asks_with_an_octet(struct client *k, struct segment *s)
{
	static const uint8_t octet[1];

	if (is_open(k) && s->flags == TCP_ACK && !s->len && s->seq == k->c.snd_max - 1) {
		s->payload = octet;
		s->len = 1;
	}
	return HOOK_GO_ON;
}

const struct quirk quirks_timing[] = {
	{"MUST-18", "samples the round-trip time of retransmissions", RESULT_FAIL,
	 .after = samples_anything, .only = "ack-ambiguous"},
	{"MUST-19", "retransmits all data after a timeout", RESULT_FAIL, .send = resends_all,
	 .only = "ack-none"},
	{"MUST-20", "never gives up", RESULT_FAIL, .settings = never_gives_up,
	 .only = "ack-none-long"},
	{"SHLD-11", "gives up after 20 s", RESULT_WARN, .settings = gives_up_soon,
	 .only = "ack-none-long"},
	{"MUST-23", "gives up its attempt after 20 s", RESULT_FAIL,
	 .settings = stops_connecting_soon, .only = "synack-never-long"},
	{"R6298-2.1", "retransmits its SYN after 300 ms", RESULT_WARN, .settings = starts_hasty,
	 .only = "synack-never"},
	{"R6298-2.4", "retransmits data after 200 ms", RESULT_WARN, .after = has_a_low_floor,
	 .only = "ack-none"},
	{"R6298-2.5", "has no timeout above 8 s", RESULT_FAIL, .settings = has_a_low_ceiling},
	{"R6298-5.4", "retransmits the second segment first after a timeout", RESULT_FAIL,
	 .send = resends_the_second, .only = "ack-none"},
	{"R6298-5.5", "does not back off", RESULT_FAIL, .after = never_backs_off},
	{"R6298-5.7", "forgets that its SYN was lost", RESULT_FAIL, .after = forgets_lost_syns,
	 .only = "syn-lost"},
	{"MUST-15", "sends segments of the link's MTU without an MSS option", RESULT_FAIL,
	 .after = sends_by_the_link_unless_told},
	{"MUST-16", "ignores the MSS option", RESULT_FAIL, .after = obeys_no_mss},
	{"R6691-1", "subtracts the timestamps from its MSS", RESULT_WARN,
	 .settings = takes_options_off},
	{"SHLD-27", "sends small segments", RESULT_WARN, .send = splits_segments, .only = "send"},
	{"SHLD-7", "has no Nagle algorithm", RESULT_INFO, .settings = has_no_nagle},
	{"MUST-40", "delays ACKs for 0.7 s", RESULT_FAIL, .settings = delays_for_long},
	{"SHLD-19", "delays all ACKs until a timer expires", RESULT_WARN,
	 .send = acknowledges_seldom, .only = "data-push"},
	{"R2018-3a", "sends SACK blocks without negotiation", RESULT_FAIL,
	 .after = selects_unasked},
	{"R2018-4a", "sends the oldest SACK block first", RESULT_FAIL,
	 .send = reports_oldest_first},
	{"R2018-4b", "sends only one SACK block", RESULT_WARN, .send = reports_one_block},
	{"R2018-5a", "never retransmits selectively acknowledged data", RESULT_FAIL,
	 .receive = notes_selected, .send = forgets_selected, .only = "sack-renege"},
	{"R2018-5b", "does not retransmit from the left edge", RESULT_FAIL,
	 .receive = notes_selected, .send = skips_left_edge, .only = "sack-renege"},
	{"MUST-25", "sends a keep-alive every minute", RESULT_FAIL, .settings = asks_every_minute,
	 .only = "idle"},
	{"MUST-26", "sends keep-alives while data is outstanding", RESULT_FAIL,
	 .settings = has_a_clock, .after = asks_while_waiting, .only = "ack-none"},
	{"MUST-29", "resets after one unanswered keep-alive", RESULT_FAIL, .send = asks_once,
	 .only = "idle-deaf"},
	{"SHLD-12", "sends keep-alives with an octet of data", RESULT_INFO,
	 .send = asks_with_an_octet},
	{0},
};
