/* SPDX-License-Identifier: MIT */
/* quirks_opening: clients that open connections wrongly. */
#include "quirks.h"
#include "wire/packet_decode.h"

#include <string.h>

static bool is_syn_ack(const struct segment *s)
{
	return (s->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK);
}

static bool is_opening(const struct client *k)
{
	return k->c.f.state == STATE_SYN_SENT;
}

/* --- options and flags in segments to the client ---------------------------------------------- */

static bool has_option(const struct segment *s, bool (*odd)(const struct option_walk *w))
{
	struct option_walk w;

	option_walk_begin(&w, s->opt, s->opt_len);
	while (option_walk_next(&w) == OPTION_FOUND)
		if (odd(&w))
			return true;
	return false;
}

static enum hooked no_answer_if(struct client *k, const struct segment *s, bool odd)
{
	return is_opening(k) && s->flags & TCP_SYN && odd ? HOOK_TAKEN : HOOK_GO_ON;
}

static enum hooked wants_few_nops(struct client *k, struct segment *s)
{
	return no_answer_if(k, s, s->opt_len > 8 && s->opt[0] == OPT_NOP && s->opt[7] == OPT_NOP);
}

static bool is_new(const struct option_walk *w)
{
	return w->kind > OPT_TIMESTAMPS && w->kind != OPT_FAST_OPEN;
}

static enum hooked wants_known_options(struct client *k, struct segment *s)
{
	struct options o;

	options_decode(s->opt, s->opt_len, &o);
	return no_answer_if(k, s, !o.malformed && has_option(s, is_new));
}

static enum hooked drops_options(struct client *k, struct segment *s)
{
	(void)k;
	return !(s->flags & (TCP_SYN | TCP_RST)) && has_option(s, is_new) ? HOOK_TAKEN : HOOK_GO_ON;
}

static bool is_mss_at_odd_place(const struct segment *s)
{
	struct option_walk w;

	option_walk_begin(&w, s->opt, s->opt_len);
	while (option_walk_next(&w) == OPTION_FOUND)
		if (w.kind == OPT_MSS && (w.data - s->opt) % 2)
			return true;
	return false;
}

static enum hooked wants_even_places(struct client *k, struct segment *s)
{
	return no_answer_if(k, s, is_mss_at_odd_place(s));
}

/* In effect an endless loop. */
static enum hooked hangs_at_malformed(struct client *k, struct segment *s)
{
	struct options o;

	options_decode(s->opt, s->opt_len, &o);
	if (!o.malformed)
		return HOOK_GO_ON;
	k->note[0] = 1;
	client_forget(k);
	return HOOK_TAKEN;
}

static enum hooked hangs_on(struct client *k, const uint8_t *packet, size_t len)
{
	(void)packet;
	(void)len;
	return k->note[0] ? HOOK_TAKEN : HOOK_GO_ON;
}

static enum hooked resets_urgent(struct client *k, struct segment *s)
{
	struct segment rst = client_segment(k, is_opening(k) ? TCP_RST : TCP_RST | TCP_ACK);

	if (!(s->flags & TCP_URG))
		return HOOK_GO_ON;
	rst.seq = s->ack;
	client_send(k, &rst);
	client_forget(k);
	return HOOK_TAKEN;
}

static enum hooked drops_ip_options(struct client *k, const uint8_t *packet, size_t len)
{
	(void)k;
	(void)len;
	return packet[0] >> 4 == 4 && (packet[0] & 0x0f) > 5 ? HOOK_TAKEN : HOOK_GO_ON;
}

static enum hooked takes_any_checksum(struct client *k, const uint8_t *packet, size_t len)
{
	struct segment s;

	if (packet_decode(packet, len, true, &s) != WIRE_TCP_CHECKSUM)
		return HOOK_GO_ON;
	packet_decode(packet, len, false, &s);
	tcp_step(&k->c, &(struct tcp_event){.type = TCP_EVENT_SEGMENT, .seg = &s}, k->now,
		 &k->plan);
	return HOOK_TAKEN;
}

/* --- simultaneous open ------------------------------------------------------------------------ */

static enum hooked resets_a_crossing_syn(struct client *k, struct segment *s)
{
	struct segment rst = client_segment(k, TCP_RST | TCP_ACK);

	if (!is_opening(k) || (s->flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return HOOK_GO_ON;
	rst.seq = 0;
	rst.ack = s->seq + 1;
	client_send(k, &rst);
	return HOOK_TAKEN;
}

static enum hooked listens_after_reset(struct client *k, struct segment *s)
{
	struct segment answer = client_segment(k, TCP_SYN | TCP_ACK);

	if (k->c.f.state != STATE_CLOSED || (s->flags & (TCP_SYN | TCP_ACK)) != TCP_SYN ||
	    !k->c.active || k->opened != NS_NEVER)
		return HOOK_GO_ON;
	answer.ack = s->seq + 1;
	client_send(k, &answer);
	return HOOK_TAKEN;
}

/* --- SYN-SENT --------------------------------------------------------------------------------- */

static bool is_wrong_ack(const struct client *k, const struct segment *s)
{
	return is_opening(k) && s->flags & TCP_ACK && s->ack != k->c.iss + 1;
}

static enum hooked takes_any_ack(struct client *k, struct segment *s)
{
	if (is_wrong_ack(k, s) && is_syn_ack(s))
		s->ack = k->c.iss + 1;
	return HOOK_GO_ON;
}

static enum hooked resets_with_wrong_number(struct client *k, struct segment *s)
{
	struct segment rst = client_segment(k, TCP_RST);

	if (!is_wrong_ack(k, s) || s->flags & TCP_RST)
		return HOOK_GO_ON;
	rst.seq = k->c.iss + 77;
	client_send(k, &rst);
	return HOOK_TAKEN;
}

static enum hooked takes_any_reset(struct client *k, struct segment *s)
{
	if (is_wrong_ack(k, s) && s->flags & TCP_RST)
		s->ack = k->c.iss + 1;
	return HOOK_GO_ON;
}

static enum hooked insists(struct client *k, struct segment *s)
{
	return is_opening(k) && s->flags & TCP_RST ? HOOK_TAKEN : HOOK_GO_ON;
}

static enum hooked opens_by_an_ack(struct client *k, struct segment *s)
{
	struct segment ack = client_segment(k, TCP_ACK);

	if (!is_opening(k) || s->flags & (TCP_SYN | TCP_RST) || s->ack != k->c.iss + 1)
		return HOOK_GO_ON;
	ack.seq = k->c.iss + 1;
	ack.ack = s->seq;
	client_send(k, &ack);
	return HOOK_TAKEN;
}

/* Counts the octets of the SYN-ACK twice. */
static enum hooked counts_text_twice(struct client *k, struct segment *s)
{
	if (k->c.f.state == STATE_ESTABLISHED && s->flags & TCP_ACK && k->note[0])
		s->ack += (uint32_t)k->note[0];
	return HOOK_GO_ON;
}

static enum hooked notes_text(struct client *k, struct segment *s)
{
	if (is_opening(k) && is_syn_ack(s))
		k->note[0] = s->len;
	return HOOK_GO_ON;
}

static enum hooked resets_from_zero(struct client *k, struct segment *s)
{
	if (k->c.f.state == STATE_CLOSED && s->flags == TCP_RST)
		s->seq = 0;
	return HOOK_GO_ON;
}

const struct quirk quirks_opening[] = {
	{"MUST-3", "verifies no checksum", RESULT_FAIL, .packet = takes_any_checksum},
	{"MUST-4", "discards segments with many NOPs", RESULT_FAIL, .receive = wants_few_nops},
	{"MUST-5", "discards segments with options, except SYNs", RESULT_FAIL,
	 .receive = drops_options},
	{"MUST-6", "does not open after an unknown option", RESULT_FAIL,
	 .receive = wants_known_options},
	{"MUST-7", "hangs after an option of length 0", RESULT_FAIL, .receive = hangs_at_malformed,
	 .packet = hangs_on},
	{"MUST-64", "does not open if the MSS option is unaligned", RESULT_FAIL,
	 .receive = wants_even_places},
	{"MUST-30", "resets after URG", RESULT_FAIL, .receive = resets_urgent},
	{"MUST-50", "discards packets with IP options", RESULT_FAIL, .packet = drops_ip_options},
	{"MUST-10", "resets a SYN that crosses its own", RESULT_FAIL,
	 .receive = resets_a_crossing_syn},
	{"MUST-11", "listens after its attempt was reset", RESULT_FAIL,
	 .receive = listens_after_reset},
	{"R9293-SS-ack", "accepts any SYN-ACK", RESULT_FAIL, .receive = takes_any_ack},
	{"R9293-SS-ack", "sends resets with a wrong sequence number", RESULT_FAIL,
	 .receive = resets_with_wrong_number},
	{"R9293-SS-ackrst", "accepts any reset", RESULT_FAIL, .receive = takes_any_reset},
	{"R9293-SS-rst", "ignores resets of its attempt", RESULT_FAIL, .receive = insists},
	{"R9293-SS-other", "opens after an ACK", RESULT_FAIL, .receive = opens_by_an_ack,
	 .only = "bare-ack"},
	{"R9293-SS-text", "counts the data of a SYN-ACK twice", RESULT_FAIL, .receive = notes_text,
	 .send = counts_text_twice},
	{"R9293-RSTGEN", "sends resets with the sequence number 0", RESULT_FAIL,
	 .send = resets_from_zero},
	{0},
};
