/* SPDX-License-Identifier: MIT */
/*
 * time_wait_record: a connection in TIME-WAIT.
 *
 * A record of 108 octets over IPv4, and of 132 over IPv6, keeps the variables that a connection in
 * TIME-WAIT still needs. It has no function that processes an event: the event is given to a struct
 * tcp_conn that is made of the record, and sends the same octets as the connection that the record
 * was made of.
 */
#ifndef SYNACKD_TCP_TIME_WAIT_RECORD_H
#define SYNACKD_TCP_TIME_WAIT_RECORD_H

#include "tcp/conn.h"

struct tcp_time_wait {
	const struct tcp_settings *settings; /* must outlive the record */
	uint32_t iss, irs;
	/* The octets in both directions, from which SND.NXT and RCV.NXT follow. With syn_ae,
	 * syn_flags and syn_options are the struct marks of the client's SYN. */
	uint32_t octets_in : 24, syn_flags : 8;
	uint32_t octets_out : 24, syn_options : 8;
	uint32_t ts_recent, ts_offset;
	uint32_t age; /* from the SYN to the start of the timer: tcp_time_wait_began() */
	/* In octets; or, if `*_scaled`, in units of the window scale. */
	uint16_t rcv_wnd, snd_wnd, snd_wnd_max;
	uint16_t snd_wl1; /* RCV.NXT - SND.WL1; at most UINT16_MAX */
	uint16_t ip_id;
	uint8_t snd_wscale : 4;
	bool wscale_ok : 1; /* negotiated, as the next three */
	bool sack_ok : 1;
	bool ts_ok : 1;
	bool ecn_ok : 1;
	bool ecn_echo : 1;
	bool syn_ae : 1;
	bool rcv_wnd_scaled : 1;
	bool snd_wnd_scaled : 1;
	bool snd_wnd_max_scaled : 1;
	bool window_grows : 1; /* the next ACK advertises a larger window */
	/* Its timer expires at the end of TIME-WAIT; it is not reset when stopped. The last member:
	 * a record over IPv4 ends early. */
	struct flow f;
};

_Static_assert(sizeof(struct tcp_time_wait) <= 136, "many are in memory");

/* Makes a record of a connection, which began at `began`. Sets all fields of *w, but neither its
 * place in the flow table nor its timer. Returns false if the record cannot keep the state exactly:
 * the connection is not in TIME-WAIT, has octets in a queue or an ACK to send, was changed by
 * operations of rules, has sent a challenge ACK within the last second, or has transferred 16 MiB
 * in one direction. */
bool tcp_time_wait_from_conn(struct tcp_time_wait *w, const struct tcp_conn *c, nstime began,
			     nstime now);
/* Initialises a connection from the record and the deadline of its timer. It copies the flow, but
 * neither its place in the flow table nor its timer. The user of the connection is gone. */
void tcp_conn_from_time_wait(struct tcp_conn *c, const struct tcp_time_wait *w);

/* Returns the time of the SYN, exact to at least 1 in 2^26 of the age of the connection. */
nstime tcp_time_wait_began(const struct tcp_time_wait *w);

/* SND.NXT and RCV.NXT: SYN and FIN take a number each. */
static inline uint32_t tcp_time_wait_snd_nxt(const struct tcp_time_wait *w)
{
	return w->iss + w->octets_out + 2;
}

static inline uint32_t tcp_time_wait_rcv_nxt(const struct tcp_time_wait *w)
{
	return w->irs + w->octets_in + 2;
}

#endif
