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
	 .help = "Options of a SYN or SYN-ACK, in order: mss and wscale (each with an optional "
		 "number), sackOK, TS, FO, nop, eol; fill is NOPs up to 40 octets. A SYN-ACK "
		 "carries wscale, sackOK, TS and FO only if the client offered them. kind N HEX, "
		 "raw HEX, "
		 "and options with values, as in TS val 1 ecr 2, are sent unchanged."},
	{"timestamps", KEY_BOOL, FIELD(timestamps), .fallback = "true",
	 .help = "Negotiate timestamps (RFC 7323)."},
	{"window_scaling", KEY_BOOL, FIELD(window_scaling), .fallback = "true",
	 .help = "Negotiate window scaling (RFC 7323)."},
	{"sack", KEY_BOOL, FIELD(sack), .fallback = "true",
	 .help = "Negotiate selective acknowledgments (RFC 2018)."},
	{"mss", NUMBER_FIELD(mss), .fallback = "0",
	 .help = "MSS to advertise; 0: the link's MTU minus 40 (IPv6: 60)."},
	{"wscale", KEY_CUSTOM, .parse = parse_wscale, .fallback = "auto",
	 .help = "Window shift to offer, 0 to 14; auto: the smallest that can express 'window'."},
	{"window", NUMBER_FIELD(window), .max = "1073741824", .fallback = "65535",
	 .help = "Receive buffer in octets, which limits the advertised window; 0: a closed "
		 "window."},
	{"isn", KEY_SEQUENCE, FIELD(iss), .has_offset = offsetof(struct tcp_settings, iss_given),
	 .help = "Initial sequence number of every connection; from 2^31 up, as a string. "
		 "Default: chosen by RFC 6528."},
	{"timestamp_tick", KEY_DURATION, FIELD(ts_tick), .min = "1us", .max = "1s",
	 .fallback = "1ms", .help = "Tick of the timestamp clock (RFC 7323 5.4)."},
	{"timestamp_offset", KEY_SEQUENCE, FIELD(ts_offset),
	 .has_offset = offsetof(struct tcp_settings, ts_offset_given),
	 .help = "Offset of the timestamp clock of every connection. Default: different for each "
		 "connection."},
	{"timestamp_start", KEY_SEQUENCE, FIELD(ts_start),
	 .has_offset = offsetof(struct tcp_settings, ts_start_given),
	 .help = "First value of the timestamp clock of every connection, whatever the time."},
	{"ecn", KEY_CHOICE, FIELD(ecn), .choices = ecn_choices, .fallback = "answer",
	 .help = "Explicit congestion notification (RFC 3168): off, answer (accept the client's "
		 "offer) or offer (also offer it in the responder's SYN)."},
	{"fast_open", KEY_BOOL, FIELD(fast_open), .fallback = "false",
	 .help = "TCP Fast Open (RFC 7413): grant cookies, and accept data in a SYN with a valid "
		 "cookie."},
	{"fast_open_max", NUMBER_FIELD(fast_open_max), .fallback = "128",
	 .help = "Maximum number of connections that sent data in their SYN and have not "
		 "completed the handshake; beyond it, the data is not accepted."},
	{"fast_open_cookie", KEY_CUSTOM, .parse = parse_fast_open_cookie, .fallback = "8",
	 .help = "Octets of a cookie, 1 to 38; clients accept even numbers from 4 to 16. any: "
		 "data in a SYN is accepted with any cookie or none."},
	{"backlog", NUMBER_FIELD(backlog), .fallback = "0",
	 .help = "Maximum number of half-open connections of the endpoint; 0: only half_open_max "
		 "applies."},
	{"backlog_full", KEY_CHOICE, FIELD(backlog_full), .choices = backlog_choices,
	 .fallback = "drop",
	 .help = "Action on a SYN beyond the backlog: drop, reset, or cookie (a SYN-ACK that "
		 "keeps no state)."},
	{"closed", KEY_CHOICE, FIELD(closed), .choices = closed_policy_names, .fallback = "no",
	 .help = "Closed ports: no, or the answer to a segment: reset, silence or icmp (port "
		 "unreachable)."},
	{"segment_max", NUMBER_FIELD(segment_max), .fallback = "0",
	 .help = "Maximum data octets of the responder's segments, if the client accepts more; "
		 "0: as many as it accepts."},
	{"option_room", NUMBER_FIELD(option_room), .max = "40", .fallback = "0",
	 .help = "Octets that each segment leaves free for options that rules add."},
	{"nagle", KEY_BOOL, FIELD(nagle), .fallback = "false",
	 .help = "Delay a small segment while another is unacknowledged (RFC 9293 3.7.4)."},
	{"sws_avoidance", KEY_BOOL, FIELD(sws_avoidance), .fallback = "true",
	 .help = "Avoid the silly window syndrome, as sender and as receiver (RFC 9293 3.8.6.2)."},
	{"pace", KEY_DURATION, FIELD(pace), .max = "1h", .fallback = "0s",
	 .help = "Interval between portions of new octets; 0: no pacing."},
	{"pace_octets", NUMBER_FIELD(pace_octets), .min = "1", .fallback = "1",
	 .help = "Octets of such a portion."},
	{"delayed_ack", KEY_DURATION, FIELD(delayed_ack), .max = "499ms", .fallback = "0s",
	 .help = "Maximum time that an ACK waits for data to send or for a second segment (RFC "
		 "9293 3.8.6.3)."},
	{"keepalive", KEY_DURATION, FIELD(keepalive), .max = "24h", .fallback = "0s",
	 .help = "Idle time before keep-alives are sent to the client (RFC 9293 3.8.4); 0: none."},
	{"fin_ack", KEY_CHOICE, FIELD(fin_ack_merged), .choices = fin_ack_choices,
	 .fallback = "separate",
	 .help = "Answer to a FIN: separate (an ACK of its own) or merged (the responder's FIN, "
		 "if it is due)."},
	{"ttl", NUMBER_FIELD(ttl), .fallback = "64", .help = "TTL or hop limit."},
	{"tos", NUMBER_FIELD(tos), .fallback = "0",
	 .help = "TOS or traffic class: the octet of DSCP and ECN."},
	{"df", KEY_BOOL, FIELD(df), .fallback = "true", .help = "Don't Fragment (IPv4)."},
	{"ip_id", KEY_CUSTOM, .parse = parse_ip_id, .fallback = "zero",
	 .help = "IPv4 identification: zero, a fixed number, counter (increases with each "
		 "segment of a connection) or counter:N (starts at N)."},
	{"rto_initial", KEY_DURATION, FIELD(rto_initial), .min = "1ms", .max = "1h",
	 .fallback = "1s",
	 .help = "Retransmission timeout before the first round-trip measurement."},
	{"rto_min", KEY_DURATION, FIELD(rto_min), .min = "1ms", .max = "1h", .fallback = "1s",
	 .help = "Minimum retransmission timeout (RFC 6298 2.4)."},
	{"rto_max", KEY_DURATION, FIELD(rto_max), .min = "1ms", .max = "24h", .fallback = "60s",
	 .help = "Maximum retransmission timeout (RFC 6298 2.5)."},
	{"r2_syn", KEY_DURATION, FIELD(r2_syn), .min = "1ms", .max = "24h", .fallback = "180s",
	 .help = "How long a SYN or SYN-ACK is retransmitted (RFC 9293 MUST-23)."},
	{"r2", KEY_DURATION, FIELD(r2), .min = "1ms", .max = "24h", .fallback = "100s",
	 .help = "How long octets or a FIN are retransmitted (RFC 9293 MUST-20)."},
	{"time_wait", KEY_DURATION, FIELD(time_wait), .max = "1h", .fallback = "60s",
	 .help = "Duration of TIME-WAIT (2 MSL, RFC 9293 3.4.2)."},
	{"fin_wait_2", KEY_DURATION, FIELD(fin_wait_2), .max = "24h", .fallback = "60s",
	 .help = "How long FIN-WAIT-2 waits for octets or the FIN of the client; 0: forever."},
};

const size_t tcp_settings_keys_count = COUNT_OF(tcp_settings_keys);

void tcp_settings_default(struct tcp_settings *s)
{
	*s = (struct tcp_settings){0};
	key_defaults(tcp_settings_keys, tcp_settings_keys_count, s);
}
