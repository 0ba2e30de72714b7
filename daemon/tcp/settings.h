/* SPDX-License-Identifier: MIT */
/* settings: the configuration of a TCP, with its keys, defaults and help. */
#ifndef SYNACKD_TCP_SETTINGS_H
#define SYNACKD_TCP_SETTINGS_H

#include "base/clock.h"
#include "base/key.h"
#include "tcp/syn_options.h"

enum ip_id_policy {
	IP_ID_ZERO,  /* 0 on every segment; requires DF (RFC 6864 4.1) */
	IP_ID_FIXED, /* the same configured number on every segment */
	/* Increases with each segment of the connection, from the configured number. */
	IP_ID_COUNTER,
};

enum ecn_policy {
	ECN_OFF,
	ECN_ANSWER, /* accept the client's offer; do not offer in our SYN */
	ECN_OFFER,  /* also offer it in our SYN */
};

/* The action on a SYN while the backlog is full. */
enum backlog_policy {
	BACKLOG_DROP,
	BACKLOG_RESET,
	BACKLOG_COOKIE, /* a SYN-ACK without state: the ISN and the TSval carry all of it */
};

/* The answer of a closed port, RFC 9293 3.10.7.1. */
enum closed_policy {
	CLOSED_NOT, /* the port is open */
	CLOSED_RESET,
	CLOSED_SILENCE,
	CLOSED_ICMP, /* a port unreachable error */
};

/* The configuration of a connection: the endpoint's keys, changed by the behaviour's `use`. It is
 * fixed before the first segment. The TCP itself follows it, so its state agrees with its
 * offers. */
struct tcp_settings {
	struct syn_options options;
	bool timestamps; /* false removes the option from `options` */
	bool window_scaling;
	bool sack;
	uint16_t mss; /* the MSS option; 0: the link's MTU minus 40 (IPv6: 60) */
	/* The shift to offer; WSCALE_AUTO: the smallest that can express `window`. */
	uint8_t wscale;
	uint32_t window; /* receive buffer in octets, at most 1 GiB; 0 is a closed window */
	bool iss_given;  /* false: by RFC 6528 */
	uint32_t iss;
	nstime ts_tick; /* tick of the timestamp clock; RFC 7323 5.4: 1 ms to 1 s */
	bool ts_offset_given;
	uint32_t ts_offset; /* used if ts_offset_given; otherwise a secret of each connection */
	bool ts_start_given;
	uint32_t ts_start; /* the first TSval of a connection, if ts_start_given */
	uint8_t ecn;       /* enum ecn_policy */
	bool fast_open;    /* RFC 7413: grant cookies, and accept data in a SYN */
	/* Maximum number of connections that accepted data in a SYN and are not open yet. */
	uint32_t fast_open_max;
	uint8_t fast_open_cookie; /* cookie length in octets; RFC 7413 4.1.1: 4 to 16, even */
	bool fast_open_any;       /* accept data in a SYN with any cookie or none */
	/* Limit of half-open connections of the endpoint; 0: no separate limit. */
	uint32_t backlog;
	uint8_t backlog_full; /* enum backlog_policy */
	uint8_t closed;       /* enum closed_policy */
	bool nagle;           /* RFC 9293 3.7.4 */
	uint16_t segment_max; /* maximum payload of our segments in octets; 0: the client's MSS */
	uint8_t option_room;  /* octets of each segment that our own options leave free */
	bool sws_avoidance;   /* RFC 9293 3.8.6.2, as sender and as receiver */
	nstime pace;          /* interval between portions of new octets; 0: no pacing */
	uint32_t pace_octets; /* octets of one portion */
	nstime delayed_ack;   /* maximum delay of an ACK; 0: none; MUST-59: < 0.5 s */
	bool fin_ack_merged;  /* the ACK of a FIN waits for our FIN, if that is sent in this turn */

	uint8_t ttl;
	uint8_t tos;
	bool df;
	uint8_t ip_id_policy; /* enum ip_id_policy */
	uint16_t ip_id;

	nstime rto_initial; /* RFC 6298 2.1: 1 s */
	nstime rto_min;     /* RFC 6298 2.4: 1 s */
	nstime rto_max;     /* RFC 6298 2.5: at least 60 s */
	nstime r2_syn;      /* MUST-23: at least 3 min */
	nstime r2;          /* MUST-20, SHLD-11: at least 100 s */
	nstime time_wait;   /* 2 MSL, RFC 9293 3.4.2 */
	nstime fin_wait_2;  /* maximum time without octets or FIN from the client; 0: no limit */
	nstime keepalive;   /* RFC 9293 3.8.4: idle time before a probe; 0: no probes */
};

#define WSCALE_AUTO 0xff
#define WSCALE_MAX  14 /* RFC 7323 2.3 */

/* The keys, with default and help. They are valid in an endpoint and in a behaviour's `use`. */
extern const struct key tcp_settings_keys[];
extern const size_t tcp_settings_keys_count;

/* The values of the key `closed`, indexed by enum closed_policy; NULL-terminated. */
extern const char *const closed_policy_names[];

/* Sets all keys to their defaults. */
void tcp_settings_default(struct tcp_settings *s);

#endif
