/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_TCP_SETTINGS_H
#define SYNACKD_TCP_SETTINGS_H

#include "base/clock.h"
#include "tcp/syn_options.h"

enum ip_id_policy {
	IP_ID_ZERO,    /* 0 on every segment, allowed with DF (RFC 6864 4.1) */
	IP_ID_FIXED,   /* the same given number on every segment */
	IP_ID_COUNTER, /* one more with each segment of the connection, from the given number */
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
	bool fin_ack_merged; /* the ACK of a FIN waits for our own FIN, if that comes in this turn
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
	nstime fin_wait_2;  /* how long a fully closed user waits for the client's FIN; 0: for ever
			     */
};

#define WSCALE_AUTO 0xff
#define WSCALE_MAX  14 /* RFC 7323 2.3 */

/* The defaults, which are also what synackd.conf documents. */
void tcp_settings_default(struct tcp_settings *s);

#endif
