/* SPDX-License-Identifier: MIT */
/* quirks_connection: clients that mishandle unexpected segments in a connection. */
#include "quirks.h"

#include <string.h>

static bool is_open(const struct client *k)
{
	return state_synchronised(k->c.f.state);
}

static bool is_rst(const struct segment *s)
{
	return s->flags & TCP_RST;
}

static uint32_t window(const struct client *k)
{
	return k->c.rcv_adv - k->c.rcv_nxt;
}

static bool is_inside(const struct client *k, uint32_t seq)
{
	return seq - k->c.rcv_nxt < window(k);
}

/* --- resets ----------------------------------------------------------------------------------- */

static enum hooked heeds_reset_anywhere(struct client *k, struct segment *s)
{
	if (is_open(k) && is_rst(s) && !is_inside(k, s->seq))
		s->seq = k->c.rcv_nxt;
	return HOOK_GO_ON;
}

static enum hooked heeds_reset_inside(struct client *k, struct segment *s)
{
	if (is_open(k) && is_rst(s) && is_inside(k, s->seq))
		s->seq = k->c.rcv_nxt;
	return HOOK_GO_ON;
}

static enum hooked drops_resets(struct client *k, struct segment *s)
{
	return is_open(k) && is_rst(s) ? HOOK_TAKEN : HOOK_GO_ON;
}

static enum hooked drops_resets_with_text(struct client *k, struct segment *s)
{
	return is_open(k) && is_rst(s) && s->len ? HOOK_TAKEN : HOOK_GO_ON;
}

static enum hooked drops_resets_when_full(struct client *k, struct segment *s)
{
	return is_open(k) && is_rst(s) && !window(k) ? HOOK_TAKEN : HOOK_GO_ON;
}

/* --- SYNs and ACKs ---------------------------------------------------------------------------- */

static enum hooked resets_at_syn(struct client *k, struct segment *s)
{
	struct segment rst = client_segment(k, TCP_RST | TCP_ACK);

	if (!is_open(k) || !(s->flags & TCP_SYN) || s->seq == k->c.irs)
		return HOOK_GO_ON;
	client_send(k, &rst);
	client_forget(k);
	return HOOK_TAKEN;
}

static bool is_future(const struct client *k, const struct segment *s)
{
	return is_open(k) && s->flags & TCP_ACK && seq_lt(k->c.snd_max, s->ack);
}

static enum hooked takes_text_with_any_ack(struct client *k, struct segment *s)
{
	if (is_future(k, s) && s->len)
		s->ack = k->c.snd_una;
	return HOOK_GO_ON;
}

static enum hooked believes_acks(struct client *k, struct segment *s)
{
	if (!is_future(k, s) || s->len)
		return HOOK_GO_ON;
	k->c.snd_una = k->c.snd_nxt = k->c.snd_max = s->ack;
	return HOOK_TAKEN;
}

/* One limit for all connections of the host, CVE-2016-5696. */
static enum hooked counts_for_all(struct client *k, struct segment *s)
{
	static nstime last;

	if (!is_open(k) || !is_rst(s) || s->seq == k->c.rcv_nxt)
		return HOOK_GO_ON;
	if (k->now >= last && k->now - last < NS_PER_S)
		return HOOK_TAKEN;
	last = k->now;
	return HOOK_GO_ON;
}

/* --- out of the window, out of order ---------------------------------------------------------- */

static bool is_outside(const struct client *k, const struct segment *s)
{
	return is_open(k) && k->c.f.state != STATE_TIME_WAIT && !is_rst(s) && segment_seq_len(s) &&
	       !(s->flags & TCP_SYN) && !is_inside(k, s->seq) && s->seq != k->c.rcv_nxt;
}

static enum hooked says_nothing_outside(struct client *k, struct segment *s)
{
	return is_outside(k, s) ? HOOK_TAKEN : HOOK_GO_ON;
}

static enum hooked takes_what_is_outside(struct client *k, struct segment *s)
{
	if (is_outside(k, s) && seq_lt(k->c.rcv_nxt, s->seq))
		s->seq = k->c.rcv_nxt;
	return HOOK_GO_ON;
}

static enum hooked needs_no_ack(struct client *k, struct segment *s)
{
	if (is_open(k) && !(s->flags & (TCP_ACK | TCP_RST | TCP_SYN))) {
		s->flags |= TCP_ACK;
		s->ack = k->c.snd_una;
	}
	return HOOK_GO_ON;
}

static enum hooked hears_no_fin(struct client *k, struct segment *s)
{
	if (is_open(k) && s->seq == k->c.rcv_nxt)
		s->flags &= (uint8_t)~TCP_FIN;
	return HOOK_GO_ON;
}

static enum hooked drops_what_is_early(struct client *k, struct segment *s)
{
	return is_open(k) && s->len && s->seq != k->c.rcv_nxt && is_inside(k, s->seq) ? HOOK_TAKEN
										      : HOOK_GO_ON;
}

/* Acknowledges the segment that fills the gap first, and the rest a little later. */
static enum hooked acknowledges_the_fill(struct client *k, struct segment *s)
{
	bool fills = is_open(k) && s->len && s->seq == k->c.rcv_nxt && k->c.recvq.ranges;
	struct segment ack = client_segment(k, TCP_ACK);

	if (fills) {
		ack.ack = k->c.rcv_nxt + k->c.recvq.range[0].from - (uint32_t)k->c.recvq.ready;
		client_send(k, &ack);
	}
	return HOOK_GO_ON;
}

const struct quirk quirks_connection[] = {
	{"R5961-3.2a", "accepts resets outside its window", RESULT_FAIL,
	 .receive = heeds_reset_anywhere},
	{"R5961-3.2b", "ignores resets", RESULT_FAIL, .receive = drops_resets,
	 .only = "ask-the-dead"},
	{"R5961-3.2c", "accepts every reset inside its window", RESULT_WARN,
	 .receive = heeds_reset_inside},
	{"R5961-4.2", "resets after a SYN in a connection", RESULT_WARN, .receive = resets_at_syn},
	{"R5961-5.2", "accepts data with any ACK number", RESULT_WARN,
	 .receive = takes_text_with_any_ack},
	{"R5961-7", "has one challenge ACK limit for all connections", RESULT_WARN,
	 .receive = counts_for_all},
	{"R9293-ACK-future", "accepts every ACK number", RESULT_FAIL, .receive = believes_acks},
	{"SHLD-2", "ignores resets with data", RESULT_WARN, .receive = drops_resets_with_text},
	{"MUST-66", "ignores resets while its window is closed", RESULT_FAIL,
	 .receive = drops_resets_when_full},
	{"R9293-SEQ", "does not answer segments outside its window", RESULT_FAIL,
	 .receive = says_nothing_outside},
	{"R9293-SEQ", "accepts data outside its window", RESULT_FAIL,
	 .receive = takes_what_is_outside},
	{"R9293-NOACK", "accepts segments without ACK", RESULT_FAIL, .receive = needs_no_ack},
	{"R9293-FIN", "ignores FINs", RESULT_FAIL, .receive = hears_no_fin, .only = "close-active"},
	{"SHLD-31", "discards out-of-order data", RESULT_WARN, .receive = drops_what_is_early},
	{"MAY-13", "discards out-of-order data", RESULT_INFO, .receive = drops_what_is_early},
	{"MUST-59", "acknowledges the segment that fills a gap before the rest", RESULT_WARN,
	 .receive = acknowledges_the_fill},
	{0},
};
