/* SPDX-License-Identifier: MIT */
/*
 * The half-open connection: a record of at most 128 bytes holds all that a SYN brought,
 * until the client has shown that it can hear us. Then it becomes a struct tcp_conn.
 */
#ifndef SYNACKD_TCP_HALF_H
#define SYNACKD_TCP_HALF_H

#include "tcp/flow.h"
#include "tcp/keys.h"
#include "tcp/plan.h"
#include "tcp/settings.h"

struct tcp_half {
	struct flow f;
	const struct tcp_settings *settings; /* outlives the record */
	nstime began;                        /* when the SYN came */
	uint32_t iss;
	uint32_t irs;
	uint32_t ts_recent; /* TSval of the SYN */
	uint32_t ts_offset; /* our timestamp clock's, RFC 7323 5.4 */
	uint16_t snd_wnd;   /* of the SYN: never scaled */
	uint16_t peer_mss;  /* 0: the client sent none */
	uint16_t link_mss;  /* the link's MTU less the least headers */
	uint16_t again;     /* when the SYN-ACK last went out again, in 4 ms from began; 0: never */
	uint8_t peer_wscale : 4;
	uint8_t rcv_wscale : 4;
	bool wscale_ok : 1; /* agreed on */
	bool sack_ok : 1;
	bool ts_ok : 1;
	bool ecn_ok : 1;
	bool syn_ae : 1;    /* struct marks of the client's SYN, its latest: */
	bool cookie : 1;    /* it was kept by the client, and began no one knows when */
	uint8_t sent;       /* SYN-ACKs that the timer asked for, and the first */
	uint8_t challenges; /* ACKs sent that nothing but a wrong segment asked for */
	uint16_t segments;  /* sent in all, for the IP id */
	uint8_t syn_flags, syn_options;
};

_Static_assert(sizeof(struct tcp_half) <= 128, "a million of them are held at a time");

enum half_verdict {
	HALF_STAYS,
	HALF_OPENS,  /* the handshake is complete: make a tcp_conn of it, give it the segment */
	HALF_CLOSES, /* reset, or given up: delete it */
};

/* Take down what the client's SYN carries. */
void tcp_half_note_syn(struct tcp_half *h, const struct segment *syn, const struct options *o);
/* Its SYN-ACK, with a Fast Open cookie of settings->fast_open_cookie octets, unless it is NULL. */
void tcp_half_synack(struct tcp_half *h, const uint8_t *fast_open, nstime now, struct plan *plan);

/* The client comes by a link with this MTU now. */
void tcp_half_lower_mtu(struct tcp_half *h, uint16_t mtu);

/* 3.10.7.4 in SYN-RECEIVED after a passive open. Departure from the letter: a SYN with the ISN that
 * we know draws the SYN-ACK again. */
enum half_verdict tcp_half_segment(struct tcp_half *h, const struct segment *seg, nstime now,
				   struct plan *plan);
/* The retransmission timer, RFC 6298 5.4 to 5.7. */
enum half_verdict tcp_half_timer(struct tcp_half *h, nstime now, struct plan *plan);
nstime tcp_half_deadline(const struct tcp_half *h);

/* Where a connection begins, if the settings do not give it: an ISN by RFC 6528, which is M (a tick
 * every 4 us) plus a hash of the four-tuple under keys->isn, and an offset of the timestamp clock,
 * which is a hash under keys->timestamps (RFC 7323 5.4). */
struct tcp_secrets {
	uint32_t iss;
	uint32_t ts_offset;
};

void tcp_secrets(const struct tcp_settings *s, const struct flow_key *k,
		 const struct tcp_keys *keys, nstime now, struct tcp_secrets *out);

/* Our timestamp clock, in ticks of settings->ts_tick. */
uint32_t tcp_ts_clock(const struct tcp_settings *s, uint32_t offset, nstime now);

#endif
