/* SPDX-License-Identifier: MIT */
/* quirks_ending: clients that close wrongly, that mishandle ICMP, ECN or Fast Open, or whose
 * numbers are predictable. */
#include "quirks.h"

#include <string.h>

static bool is_open(const struct client *k)
{
	return state_synchronised(k->c.f.state);
}

static enum hooked reset_now(struct client *k)
{
	struct segment rst = client_segment(k, TCP_RST | TCP_ACK);

	client_send(k, &rst);
	client_forget(k);
	return HOOK_TAKEN;
}

/* --- closing ---------------------------------------------------------------------------------- */

static enum hooked resets_when_fins_cross(struct client *k, struct segment *s)
{
	return k->c.f.state == STATE_FIN_WAIT_1 && s->flags & TCP_FIN && s->ack != k->c.snd_max
		       ? reset_now(k)
		       : HOOK_GO_ON;
}

static enum hooked resets_in_time_wait(struct client *k, struct segment *s)
{
	struct segment rst = client_segment(k, TCP_RST);

	if (k->c.f.state != STATE_TIME_WAIT || !(s->flags & TCP_FIN))
		return HOOK_GO_ON;
	rst.seq = s->ack;
	rst.opt_len = 0;
	client_send(k, &rst);
	return HOOK_TAKEN;
}

static void waits_briefly(struct tcp_settings *s)
{
	s->time_wait = 60 * NS_PER_S;
}

static enum hooked opens_from_time_wait(struct client *k, struct segment *s)
{
	struct segment answer = client_segment(k, TCP_SYN | TCP_ACK);

	if (k->c.f.state != STATE_TIME_WAIT || (s->flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return HOOK_GO_ON;
	answer.seq += 100000;
	answer.ack = s->seq + 1;
	answer.opt_len = 0;
	client_send(k, &answer);
	return HOOK_TAKEN;
}

static enum hooked dies_in_time_wait(struct client *k, struct segment *s)
{
	if (k->c.f.state == STATE_TIME_WAIT && s->flags & TCP_RST) {
		client_forget(k);
		return HOOK_TAKEN;
	}
	return HOOK_GO_ON;
}

/* A close that sends a FIN even if received data is unread. */
static void closes_with_a_fin(struct client *k, const struct segment *s)
{
	(void)s;
	if (is_open(k) && k->opened != NS_NEVER && k->now >= k->closes - NS_PER_MS && !k->closed) {
		k->closed = true;
		tcp_close(&k->c);
	}
}

static enum hooked sends_fin_for_reset(struct client *k, struct segment *s)
{
	(void)k;
	if ((s->flags & (TCP_RST | TCP_ACK)) == (TCP_RST | TCP_ACK) && k->closed) {
		s->flags = TCP_FIN | TCP_ACK;
		s->ack = k->c.rcv_nxt;
	}
	(void)closes_with_a_fin;
	return HOOK_GO_ON;
}

/* --- ICMP ------------------------------------------------------------------------------------- */

static enum hooked hears_no_icmp(struct client *k, const char *name, uint32_t rest, bool ours)
{
	(void)k;
	(void)name;
	(void)rest;
	(void)ours;
	return HOOK_TAKEN;
}

static enum hooked hears_no_hard_error(struct client *k, const char *name, uint32_t rest, bool ours)
{
	(void)k;
	(void)rest;
	(void)ours;
	return strcmp(name, "too-big") == 0 ? HOOK_GO_ON : HOOK_TAKEN;
}

static enum hooked ends_by(struct client *k, bool it)
{
	if (it && k->c.f.state == STATE_SYN_SENT)
		client_forget(k);
	return HOOK_GO_ON;
}

static enum hooked ends_by_quench(struct client *k, const char *name, uint32_t rest, bool ours)
{
	(void)rest;
	(void)ours;
	return strcmp(name, "source-quench") == 0 && is_open(k) ? reset_now(k) : HOOK_GO_ON;
}

static enum hooked ends_by_soft_errors(struct client *k, const char *name, uint32_t rest, bool ours)
{
	(void)rest;
	(void)ours;
	return ends_by(k, strcmp(name, "net-unreachable") == 0 ||
				  strcmp(name, "host-unreachable") == 0 ||
				  strcmp(name, "time-exceeded") == 0 ||
				  strcmp(name, "parameter-problem") == 0);
}

static enum hooked believes_any_quote(struct client *k, const char *name, uint32_t rest, bool ours)
{
	(void)rest;
	(void)name;
	return ends_by(k, !ours);
}

/* Accepts any MTU, however small. */
static enum hooked believes_any_mtu(struct client *k, const char *name, uint32_t rest, bool ours)
{
	if (strcmp(name, "too-big") != 0 || !is_open(k) || !ours || (rest & 0xffff) >= 552)
		return HOOK_GO_ON;
	k->c.snd_mss = 16; /* with timestamps, 4 octets of data */
	k->c.snd_nxt = k->c.snd_una;
	return HOOK_TAKEN;
}

/* --- Fast Open -------------------------------------------------------------------------------- */

static enum hooked keeps_any_cookie(struct client *k, struct segment *s)
{
	struct option_walk w;

	if (!k->fast_open || (s->flags & (TCP_SYN | TCP_ACK)) != (TCP_SYN | TCP_ACK))
		return HOOK_GO_ON;
	option_walk_begin(&w, s->opt, s->opt_len);
	while (option_walk_next(&w) == OPTION_FOUND)
		if (w.kind == OPT_FAST_OPEN && w.data_len && w.data_len <= COOKIE_ROOM) {
			k->cookie->len = w.data_len;
			memcpy(k->cookie->octets, w.data, w.data_len);
		}
	return HOOK_GO_ON;
}

static void ask_for_cookie(struct segment *s)
{
	s->opt[s->opt_len++] = OPT_FAST_OPEN;
	s->opt[s->opt_len++] = 2;
}

static bool is_plain_syn(const struct segment *s)
{
	struct options o;

	options_decode(s->opt, s->opt_len, &o);
	return (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && !o.has_fast_open &&
	       s->opt_len + 2 <= SEGMENT_OPT_MAX;
}

static enum hooked forgets_failures(struct client *k, struct segment *s)
{
	if (k->fast_open && k->syns == 1 && is_plain_syn(s))
		ask_for_cookie(s);
	return HOOK_GO_ON;
}

static enum hooked insists_on_fast_open(struct client *k, struct segment *s)
{
	/* Only once: otherwise it would never open. */
	if (k->fast_open && k->syns == 2 && is_plain_syn(s))
		ask_for_cookie(s);
	return HOOK_GO_ON;
}

static enum hooked loses_octets_of_syn(struct client *k, struct segment *s)
{
	if (k->fast_open && k->c.f.state == STATE_SYN_SENT && s->flags & TCP_ACK)
		s->ack = k->c.snd_max;
	return HOOK_GO_ON;
}

/* --- ECN -------------------------------------------------------------------------------------- */

static void takes_reflected_ecn(struct client *k, const struct segment *s)
{
	if (s && s->flags & TCP_SYN && s->flags & TCP_ECE)
		k->c.ecn_ok = true;
}

static void marks_unasked(struct client *k, const struct segment *s)
{
	if (s && s->flags & TCP_SYN && !(s->flags & TCP_ECE))
		k->c.ecn_ok = true;
}

static enum hooked says_no_cwr(struct client *k, struct segment *s)
{
	if (is_open(k))
		s->flags &= (uint8_t)~TCP_CWR;
	return HOOK_GO_ON;
}

static enum hooked echoes_no_mark(struct client *k, struct segment *s)
{
	if (is_open(k) && !(s->flags & TCP_SYN))
		s->flags &= (uint8_t)~TCP_ECE;
	return HOOK_GO_ON;
}

static enum hooked marks_all(struct client *k, struct segment *s)
{
	if (is_open(k) && k->c.ecn_ok && !(s->flags & TCP_RST))
		s->tos |= 2;
	return HOOK_GO_ON;
}

/* The ACE field of the last ACK of the handshake is 0. */
static enum hooked codes_no_mark(struct client *k, struct segment *s)
{
	if (is_open(k) && !(s->flags & TCP_SYN)) {
		s->flags &= (uint8_t) ~(TCP_ECE | TCP_CWR);
		s->reserved = 0;
	}
	return HOOK_GO_ON;
}

static enum hooked marks_data(struct client *k, struct segment *s)
{
	if (is_open(k) && s->len)
		s->tos |= 2;
	return HOOK_GO_ON;
}

/* --- predictable numbers ---------------------------------------------------------------------- */

static void begins_at_one(struct tcp_settings *s)
{
	s->iss_given = true;
	s->iss = 1;
}

/* The ISN and the timestamps decrease from connection to connection. */
static void counts_down(struct tcp_settings *s)
{
	static uint32_t count;

	s->iss_given = s->ts_offset_given = true;
	s->iss = 0x80000000u - ++count * 10000000u;
	s->ts_offset = 0x80000000u - count * 1000000u;
}

static void has_one_clock(struct tcp_settings *s)
{
	s->ts_offset_given = true;
	s->ts_offset = 0;
}

const struct quirk quirks_ending[] = {
	{"R9293-CLOSING", "resets when FINs cross", RESULT_FAIL, .receive = resets_when_fins_cross},
	{"R9293-TW-fin", "resets a FIN in TIME-WAIT", RESULT_FAIL, .receive = resets_in_time_wait},
	{"MUST-13", "stays in TIME-WAIT for a minute", RESULT_WARN, .settings = waits_briefly},
	{"MAY-2", "accepts a SYN in TIME-WAIT", RESULT_INFO, .receive = opens_from_time_wait},
	{"R1337-1", "accepts a reset in TIME-WAIT", RESULT_INFO, .receive = dies_in_time_wait},
	{"SHLD-3", "closes with a FIN although data is unread", RESULT_WARN,
	 .send = sends_fin_for_reset, .only = "unread"},
	{"MUST-54", "ignores ICMP", RESULT_FAIL, .icmp = hears_no_icmp},
	{"MUST-55", "aborts after a source quench", RESULT_FAIL, .icmp = ends_by_quench},
	{"MUST-56", "gives up its attempt after soft errors", RESULT_FAIL,
	 .icmp = ends_by_soft_errors},
	{"SHLD-26", "ignores hard errors during its attempt", RESULT_WARN,
	 .icmp = hears_no_hard_error},
	{"R5927-4", "accepts errors about data that it never sent", RESULT_WARN,
	 .icmp = believes_any_quote},
	{"R8201-4", "reduces its packets to any MTU", RESULT_FAIL, .icmp = believes_any_mtu},
	{"R7413-4.1.1", "uses cookies of any length", RESULT_FAIL, .receive = keeps_any_cookie},
	{"R7413-4.1.3", "forgets that Fast Open failed", RESULT_WARN, .send = forgets_failures},
	{"R7413-4.2a", "loses data of its SYN", RESULT_FAIL, .receive = loses_octets_of_syn,
	 .only = "tfo-ack-syn-only"},
	{"R7413-4.2b", "retransmits its SYN with Fast Open", RESULT_WARN,
	 .send = insists_on_fast_open},
	{"R3168-6.1.1", "accepts its reflected flags as negotiation of ECN", RESULT_FAIL,
	 .after = takes_reflected_ecn, .only = "ecn-reflect"},
	{"R3168-6.1.1b", "sends ECT without negotiation", RESULT_FAIL, .after = marks_unasked},
	{"R3168-6.1.2", "never sends CWR", RESULT_FAIL, .send = says_no_cwr,
	 .only = "ecn-ece-hold"},
	{"R3168-6.1.3", "never echoes CE", RESULT_FAIL, .send = echoes_no_mark, .only = "ip-ce"},
	{"R3168-6.1.4-6", "sends ECT on all packets", RESULT_FAIL, .send = marks_all},
	{"R9768-1", "does not report the ECN field of the SYN-ACK in its ACK", RESULT_FAIL,
	 .send = codes_no_mark, .only = "ip-ect-synack"},
	{"R9768-2", "sends ECT although its offer was reflected", RESULT_FAIL, .send = marks_data,
	 .only = "accecn-broken"},
	{"MUST-8", "uses the ISN 1 in all connections", RESULT_FAIL, .settings = begins_at_one},
	{"R6191-1", "decreases the ISN from connection to connection", RESULT_WARN,
	 .settings = counts_down, .only = "port-reuse"},
	{"R7323-7", "uses one timestamp clock for all connections", RESULT_WARN,
	 .settings = has_one_clock},
	{0},
};
