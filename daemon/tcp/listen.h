/* SPDX-License-Identifier: MIT */
/* listen: SEGMENT ARRIVES in CLOSED and LISTEN: a segment that belongs to no connection. */
#ifndef SYNACKD_TCP_LISTEN_H
#define SYNACKD_TCP_LISTEN_H

#include "tcp/half.h"

/* A port and its condition. */
struct tcp_listener {
	const struct tcp_settings *settings;
	const struct tcp_keys *keys;
	const struct flow_key *key; /* of the segment's connection */
	uint16_t mtu;               /* MTU of the link, in octets */
	bool full;                  /* the backlog is full: settings->backlog_full applies */
	bool fast_open_full;        /* data in a SYN is not accepted now */
	bool has_after;
	uint32_t after; /* SND.NXT of the connection in TIME-WAIT that this SYN replaces: MAY-2 */
};

enum listen_verdict {
	LISTEN_NOTHING, /* keep nothing; an answer may be in the plan */
	LISTEN_HALF,    /* *half is filled; its SYN-ACK is in the plan */
	/* *half is filled: make a tcp_conn of it, and do a step with TCP_EVENT_FAST_OPEN. */
	LISTEN_FAST_OPEN,
	LISTEN_COOKIE, /* *half is filled from a SYN cookie: give it the segment */
};

/* Processes a segment in LISTEN (RFC 9293 3.10.7.2) or, if settings->closed, in CLOSED (3.10.7.1);
 * with SYN cookies (RFC 4987) and Fast Open (RFC 7413). Sets key, state and half; the
 * caller sets the other fields of half->f. */
enum listen_verdict tcp_listen(const struct tcp_listener *l, const struct segment *seg, nstime now,
			       struct tcp_half *half, struct plan *plan);

/* Answers a segment for a closed port (RFC 9293 3.10.7.1). An RST draws no answer. */
void tcp_closed(enum closed_policy policy, const struct segment *seg, struct plan *plan);

#endif
