/* SPDX-License-Identifier: MIT */
/* CLOSED and LISTEN: what a port makes of a segment that no connection is there for. */
#ifndef SYNACKD_TCP_LISTEN_H
#define SYNACKD_TCP_LISTEN_H

#include "tcp/half.h"

/* A port, and how it stands. */
struct tcp_listener {
	const struct tcp_settings *settings;
	const struct tcp_keys *keys;
	uint16_t mtu;        /* of the link */
	bool full;           /* the backlog is: settings->backlog_full says what then */
	bool fast_open_full; /* no data in a SYN is taken now */
	bool has_after;
	uint32_t after; /* SND.NXT of the incarnation in TIME-WAIT that this SYN ends: MAY-2 */
};

enum listen_verdict {
	LISTEN_NOTHING,   /* nothing is to be kept; a SYN-ACK or an RST may be in the plan */
	LISTEN_HALF,      /* *half is filled; its SYN-ACK is in the plan */
	LISTEN_FAST_OPEN, /* *half is filled: make a tcp_conn of it, for TCP_EVENT_FAST_OPEN */
	LISTEN_COOKIE,    /* *half is filled, as a cookie had it: give it the segment */
};

/*
 * RFC 9293 3.10.7.2 (or 3.10.7.1, if settings->closed), with RFC 4987 and RFC 7413. half->f.key and
 * path are set, the rest of half->f is the caller's.
 */
enum listen_verdict tcp_listen(const struct tcp_listener *l, const struct segment *seg, nstime now,
			       struct tcp_half *half, struct plan *plan);

/* RFC 9293 3.10.7.1: a segment for a port that is closed. Nothing answers an RST. */
void tcp_closed(enum closed_policy policy, const struct segment *seg, struct plan *plan);

#endif
