/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_TCP_SETTINGS_H
#define SYNACKD_TCP_SETTINGS_H

#include "base/clock.h"
#include "base/key.h"
#include "tcp/syn_options.h"

enum ip_id_policy {
	IP_ID_ZERO,    /* 0 on every segment, allowed with DF (RFC 6864 4.1) */
	IP_ID_FIXED,   /* the same given number on every segment */
	IP_ID_COUNTER, /* one more with each segment of the connection, from the given number */
};

enum ecn_policy {
	ECN_OFF,
	ECN_ANSWER, /* agree when a SYN offers it; offer none when we open */
	ECN_OFFER,  /* offer it in our own SYN, too */
};

/* What a SYN meets when the backlog is full. */
enum backlog_policy {
	BACKLOG_DROP,
	BACKLOG_RESET,
	BACKLOG_COOKIE, /* a SYN-ACK that keeps no state: all of it is in the ISN and the TSval */
};

/* What a port answers that is closed, RFC 9293 3.10.7.1. */
enum closed_policy {
	CLOSED_NOT, /* it is not */
	CLOSED_RESET,
	CLOSED_SILENCE,
	CLOSED_ICMP, /* port unreachable */
};

/*
 * What a connection's TCP is: an endpoint's keys, changed by the behaviour's `use`, fixed before
 * the first segment. The machine knows them, so it stays consistent with what it offered.
 */
struct tcp_settings {
	struct syn_options options;
	bool timestamps; /* false takes the kind out of `options` */
	bool window_scaling;
	bool sack;
	uint16_t mss;    /* the MSS option; 0: the link's MTU less 40 (IPv6: 60) */
	uint8_t wscale;  /* the shift to offer; WSCALE_AUTO: the least that holds `window` */
	uint32_t window; /* receive buffer in octets, up to 1 GB; 0 is a closed window */
	bool iss_given;  /* else RFC 6528 */
	uint32_t iss;
	nstime ts_tick; /* of the timestamp clock; RFC 7323 5.4: 1 ms to 1 s */
	bool ts_offset_given;
	uint32_t ts_offset; /* else a secret of each connection */
	bool ts_start_given;
	uint32_t ts_start;        /* what the clock says when a connection begins */
	uint8_t ecn;              /* enum ecn_policy */
	bool fast_open;           /* RFC 7413: cookies are granted, and data in a SYN is taken */
	uint32_t fast_open_max;   /* connections that took such data and are not open yet */
	uint8_t fast_open_cookie; /* octets of a cookie; RFC 7413 4.1.1: 4 to 16, even */
	bool fast_open_any;       /* data in a SYN is taken with any cookie, and without one */
	uint32_t backlog;     /* half-open connections of the endpoint; 0: no bound of its own */
	uint8_t backlog_full; /* enum backlog_policy */
	uint8_t closed;       /* enum closed_policy */
	bool nagle;           /* RFC 9293 3.7.4 */
	uint16_t segment_max; /* octets of a segment of ours; 0: as the client's MSS has it */
	uint8_t option_room;  /* octets in a segment of ours that our own options leave free */
	bool sws_avoidance;   /* RFC 9293 3.8.6.2, on both sides */
	nstime pace;          /* from one portion of new octets to the next; 0: none waits */
	uint32_t pace_octets; /* how many are one portion */
	nstime delayed_ack;   /* the longest that an ACK waits, 0: not at all; MUST-59: < 0.5 s */
	bool fin_ack_merged;  /* the ACK of a FIN waits for our own FIN, if that comes in this turn
			       */

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
	nstime fin_wait_2;  /* without octets or FIN from the client; 0: for ever */
	nstime keepalive;   /* RFC 9293 3.8.4: silence after which a probe asks; 0: never */
};

#define WSCALE_AUTO 0xff
#define WSCALE_MAX  14 /* RFC 7323 2.3 */

/* The keys, with the default of each: endpoints have them, and a behaviour's `use`. */
extern const struct key tcp_settings_keys[];
extern const size_t tcp_settings_keys_count;

/* The words of the key `closed`, by enum closed_policy; ends with NULL. */
extern const char *const closed_policy_names[];

/* Fill in the defaults of all keys. */
void tcp_settings_default(struct tcp_settings *s);

#endif
