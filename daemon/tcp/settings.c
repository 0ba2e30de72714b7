/* SPDX-License-Identifier: MIT */
#include "tcp/settings.h"

#include "base/container.h"
#include "base/text.h"

#include <string.h>

static bool parse_options(const char *text, void *target, char **wrong)
{
	struct tcp_settings *s = target;
	struct syn_options parsed;

	if (!syn_options_parse(text, &parsed, wrong))
		return false;
	s->options = parsed;
	return true;
}

static bool parse_wscale(const char *text, void *target, char **wrong)
{
	struct tcp_settings *s = target;
	uint64_t shift = WSCALE_AUTO;

	if (strcmp(text, "auto") != 0 && (!number_parse(text, &shift) || shift > WSCALE_MAX))
		return text_expected(wrong, text, "auto, or a number from 0 to %d", WSCALE_MAX);
	s->wscale = (uint8_t)shift;
	return true;
}

/* Parses `any`, or the number of octets of a cookie. */
static bool parse_fast_open_cookie(const char *text, void *target, char **wrong)
{
	struct tcp_settings *s = target;
	uint64_t octets = FAST_OPEN_COOKIE;
	bool any = strcmp(text, "any") == 0;

	if (!any && (!number_parse(text, &octets) || !octets || octets > FAST_OPEN_COOKIE_MAX))
		return text_expected(wrong, text, "any, or a number from 1 to %d",
				     FAST_OPEN_COOKIE_MAX);
	s->fast_open_cookie = (uint8_t)octets;
	s->fast_open_any = any;
	return true;
}

/* Parses `zero`, a fixed number, `counter` or `counter:N`. */
static bool parse_ip_id(const char *text, void *target, char **wrong)
{
	static const char counter[] = "counter:";
	struct tcp_settings *s = target;
	uint8_t policy = IP_ID_FIXED;
	const char *number = text;
	uint64_t id = 0;

	if (strcmp(text, "zero") == 0) {
		policy = IP_ID_ZERO;
		number = "0";
	} else if (strcmp(text, "counter") == 0) {
		policy = IP_ID_COUNTER;
		number = "0";
	} else if (strncmp(text, counter, strlen(counter)) == 0) {
		policy = IP_ID_COUNTER;
		number = text + strlen(counter);
	}
	if (!number_parse(number, &id) || id > UINT16_MAX)
		return text_expected(wrong, text,
				     "zero, counter, counter:N or a number from 0 to 65535");
	s->ip_id_policy = policy;
	s->ip_id = (uint16_t)id;
	return true;
}

static const char *const fin_ack_choices[] = {"separate", "merged", NULL};
static const char *const ecn_choices[] = {"off", "answer", "offer", NULL};
static const char *const backlog_choices[] = {"drop", "reset", "cookie", NULL};
const char *const closed_policy_names[] = {"no", "reset", "silence", "icmp", NULL};

#define FIELD(member)        .offset = offsetof(struct tcp_settings, member)
#define NUMBER_FIELD(member) .type = KEY_NUMBER, FIELD(member), .size = SIZE_OF(member)
#define SIZE_OF(member)      sizeof(((struct tcp_settings *)0)->member)

const struct key tcp_settings_keys[] = {
	{"options", KEY_CUSTOM, .parse = parse_options, .fallback = "mss,sackOK,TS,nop,wscale,FO",
	 .help = "Options of a SYN or SYN-ACK, in this order, of those that the client offered, "
		 "too: "
		 "mss, wscale (each may have a number), sackOK, TS, FO, nop, eol; fill is nops up "
		 "to 40 octets; kind N HEX, raw HEX and others with values, as in TS val 1 ecr 2, "
		 "go out as they are."},
	{"timestamps", KEY_BOOL, FIELD(timestamps), .fallback = "true",
	 .help = "Whether timestamps are agreed to (RFC 7323)."},
	{"window_scaling", KEY_BOOL, FIELD(window_scaling), .fallback = "true",
	 .help = "Whether window scaling is agreed to (RFC 7323)."},
	{"sack", KEY_BOOL, FIELD(sack), .fallback = "true",
	 .help = "Whether selective acknowledgments are agreed to (RFC 2018)."},
	{"mss", NUMBER_FIELD(mss), .fallback = "0",
	 .help = "The MSS that is told to the client; 0 takes the link's MTU less 40 (IPv6: 60)."},
	{"wscale", KEY_CUSTOM, .parse = parse_wscale, .fallback = "auto",
	 .help = "The window shift to offer, 0 to 14; auto is the least that holds `window`."},
	{"window", NUMBER_FIELD(window), .max = "1073741824", .fallback = "65535",
	 .help = "Receive buffer in octets, which is the window; 0 is a closed window."},
	{"isn", KEY_SEQUENCE, FIELD(iss), .has_offset = offsetof(struct tcp_settings, iss_given),
	 .help = "The initial sequence number of every connection, as a string from 2^31 up; "
		 "without "
		 "this key it is chosen by RFC 6528."},
	{"timestamp_tick", KEY_DURATION, FIELD(ts_tick), .min = "1us", .max = "1s",
	 .fallback = "1ms", .help = "How long one tick of the timestamp clock is (RFC 7323 5.4)."},
	{"timestamp_offset", KEY_SEQUENCE, FIELD(ts_offset),
	 .has_offset = offsetof(struct tcp_settings, ts_offset_given),
	 .help = "Where the timestamp clock of every connection begins; without this key, "
		 "somewhere else for each."},
	{"timestamp_start", KEY_SEQUENCE, FIELD(ts_start),
	 .has_offset = offsetof(struct tcp_settings, ts_start_given),
	 .help = "What the timestamp clock says when a connection begins, whatever the time is."},
	{"ecn", KEY_CHOICE, FIELD(ecn), .choices = ecn_choices, .fallback = "answer",
	 .help = "Explicit congestion notification (RFC 3168): off, answer (when the client offers "
		 "it) or offer (when we open, too)."},
	{"fast_open", KEY_BOOL, FIELD(fast_open), .fallback = "false",
	 .help = "Whether data in a SYN is taken from clients with a cookie, and cookies are "
		 "granted (RFC 7413)."},
	{"fast_open_max", NUMBER_FIELD(fast_open_max), .fallback = "128",
	 .help = "Connections that sent data in their SYN and have not completed the handshake; "
		 "beyond it the data is not taken."},
	{"fast_open_cookie", KEY_CUSTOM, .parse = parse_fast_open_cookie, .fallback = "8",
	 .help = "Octets of a cookie, 1 to 38; clients take an even number of them from 4 to 16. "
		 "With any, data in a SYN is taken whatever its cookie is, and without one."},
	{"backlog", NUMBER_FIELD(backlog), .fallback = "0",
	 .help = "Half-open connections that the endpoint holds; 0: as many as half_open_max."},
	{"backlog_full", KEY_CHOICE, FIELD(backlog_full), .choices = backlog_choices,
	 .fallback = "drop",
	 .help = "What a SYN meets beyond it: drop, reset, or cookie, a SYN-ACK that keeps no "
		 "state."},
	{"closed", KEY_CHOICE, FIELD(closed), .choices = closed_policy_names, .fallback = "no",
	 .help = "Whether the ports are closed ones, and what answers there: reset, silence or "
		 "icmp (port unreachable)."},
	{"segment_max", NUMBER_FIELD(segment_max), .fallback = "0",
	 .help = "The most octets that a segment of ours carries, when the client takes more; 0: "
		 "as "
		 "many as it takes."},
	{"option_room", NUMBER_FIELD(option_room), .max = "40", .fallback = "0",
	 .help = "Octets that each segment leaves free for options that rules add."},
	{"nagle", KEY_BOOL, FIELD(nagle), .fallback = "false",
	 .help = "Whether a small segment waits while another is unacknowledged (RFC 9293 3.7.4)."},
	{"sws_avoidance", KEY_BOOL, FIELD(sws_avoidance), .fallback = "true",
	 .help = "Whether silly windows are neither offered nor filled (RFC 9293 3.8.6.2)."},
	{"pace", KEY_DURATION, FIELD(pace), .max = "1h", .fallback = "0s",
	 .help = "How long each portion of new octets waits for the one before it; 0 is no "
		 "waiting."},
	{"pace_octets", NUMBER_FIELD(pace_octets), .min = "1", .fallback = "1",
	 .help = "How many octets such a portion has."},
	{"delayed_ack", KEY_DURATION, FIELD(delayed_ack), .max = "499ms", .fallback = "0s",
	 .help = "How long an ACK may wait for octets of ours or a second segment (RFC 9293 "
		 "3.8.6.3)."},
	{"keepalive", KEY_DURATION, FIELD(keepalive), .max = "24h", .fallback = "0s",
	 .help = "After how long a silence the client is asked whether it is there (RFC 9293 "
		 "3.8.4); 0 is never."},
	{"fin_ack", KEY_CHOICE, FIELD(fin_ack_merged), .choices = fin_ack_choices,
	 .fallback = "separate",
	 .help = "Whether a FIN is answered by an ACK of its own, or by our FIN if that is due."},
	{"ttl", NUMBER_FIELD(ttl), .fallback = "64", .help = "TTL, or hop limit."},
	{"tos", NUMBER_FIELD(tos), .fallback = "0",
	 .help = "The whole octet of DSCP and ECN, or traffic class."},
	{"df", KEY_BOOL, FIELD(df), .fallback = "true", .help = "Don't Fragment (IPv4)."},
	{"ip_id", KEY_CUSTOM, .parse = parse_ip_id, .fallback = "zero",
	 .help = "IPv4 identification: zero, a fixed number, counter (one more with each segment "
		 "of a "
		 "connection) or counter:N (from N)."},
	{"rto_initial", KEY_DURATION, FIELD(rto_initial), .min = "1ms", .max = "1h",
	 .fallback = "1s", .help = "Retransmission timeout before a round trip was measured."},
	{"rto_min", KEY_DURATION, FIELD(rto_min), .min = "1ms", .max = "1h", .fallback = "1s",
	 .help = "Its least value (RFC 6298 2.4)."},
	{"rto_max", KEY_DURATION, FIELD(rto_max), .min = "1ms", .max = "24h", .fallback = "60s",
	 .help = "Its greatest value (RFC 6298 2.5)."},
	{"r2_syn", KEY_DURATION, FIELD(r2_syn), .min = "1ms", .max = "24h", .fallback = "180s",
	 .help = "How long a SYN or SYN-ACK is sent again before giving up (RFC 9293 MUST-23)."},
	{"r2", KEY_DURATION, FIELD(r2), .min = "1ms", .max = "24h", .fallback = "100s",
	 .help = "How long octets or a FIN are sent again before giving up (RFC 9293 MUST-20)."},
	{"time_wait", KEY_DURATION, FIELD(time_wait), .max = "1h", .fallback = "60s",
	 .help = "How long TIME-WAIT lasts (2 MSL, RFC 9293 3.4.2)."},
	{"fin_wait_2", KEY_DURATION, FIELD(fin_wait_2), .max = "24h", .fallback = "60s",
	 .help = "How long FIN-WAIT-2 waits for octets or the FIN of the client; 0 is for ever."},
};

const size_t tcp_settings_keys_count = COUNT_OF(tcp_settings_keys);

void tcp_settings_default(struct tcp_settings *s)
{
	*s = (struct tcp_settings){0};
	key_defaults(tcp_settings_keys, tcp_settings_keys_count, s);
}
