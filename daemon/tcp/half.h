/* SPDX-License-Identifier: MIT */
/*
 * half: a half-open connection.
 *
 * A record of 108 octets over IPv4, and of 132 over IPv6, keeps the facts of a SYN until the client
 * proves that it receives our segments. Then a struct tcp_conn replaces it.
 */
#ifndef SYNACKD_TCP_HALF_H
#define SYNACKD_TCP_HALF_H

#include "tcp/flow.h"
#include "tcp/keys.h"
#include "tcp/plan.h"
#include "tcp/settings.h"

struct tcp_half {
	const struct tcp_settings *settings; /* must outlive the record */
	nstime began;                        /* time of the SYN */
	uint32_t iss;
	uint32_t irs;
	uint32_t ts_recent; /* TSval of the SYN */
	uint32_t ts_offset; /* offset of our timestamp clock, RFC 7323 5.4 */
	uint16_t snd_wnd;   /* window of the SYN: never scaled */
	uint16_t peer_mss;  /* 0: the client sent none */
	uint16_t link_mss;  /* the link's MTU minus the minimum headers */
	/* Time of the last retransmitted SYN-ACK, in 4 ms after `began`; 0: none. */
	uint16_t again;
	uint8_t peer_wscale : 4;
	uint8_t rcv_wscale : 4;
	bool wscale_ok : 1; /* negotiated, as the next three */
	bool sack_ok : 1;
	bool ts_ok : 1;
	bool ecn_ok : 1;
	/* Together with syn_flags and syn_options: the struct marks of the client's latest SYN. */
	bool syn_ae : 1;
	bool cookie : 1; /* rebuilt from a SYN cookie: the time of the SYN is unknown */
	/* Number of SYN-ACKs: the first one, and retransmissions by the timer. */
	uint8_t sent;
	uint8_t challenges; /* ACKs sent in answer to unacceptable segments */
	uint16_t segments;  /* segments sent, for the IP id */
	uint8_t syn_flags, syn_options;
	struct flow f; /* the last member: a record over IPv4 ends early */
};

_Static_assert(sizeof(struct tcp_half) <= 136, "up to a million are in memory");

enum half_verdict {
	HALF_STAYS,
	/* The handshake is complete: make a tcp_conn of it, and give that the segment. */
	HALF_OPENS,
	HALF_CLOSES, /* reset, or timed out: delete it */
};

/* Records flags and options of the client's latest SYN. */
void tcp_half_note_syn(struct tcp_half *h, const struct segment *syn, const struct options *o);
/* Appends the SYN-ACK to the plan. `fast_open` is a cookie of settings->fast_open_cookie octets to
 * grant; NULL: none. */
void tcp_half_synack(struct tcp_half *h, const uint8_t *fast_open, nstime now, struct plan *plan);

/* Lowers link_mss to a link with this MTU, in octets. */
void tcp_half_lower_mtu(struct tcp_half *h, uint16_t mtu);

/* Processes a segment in SYN-RECEIVED after a passive open (RFC 9293 3.10.7.4). In deviation from
 * the RFC, a retransmitted SYN draws a retransmitted SYN-ACK. */
enum half_verdict tcp_half_segment(struct tcp_half *h, const struct segment *seg, nstime now,
				   struct plan *plan);
/* Processes an expired retransmission timer, RFC 6298 5.4 to 5.7. */
enum half_verdict tcp_half_timer(struct tcp_half *h, nstime now, struct plan *plan);
/* Returns the time of the next SYN-ACK, or of the end of the attempt. A retransmitted SYN just
 * before that time would draw two SYN-ACKs, so it delays the next one, unless R2 has elapsed. */
nstime tcp_half_deadline(const struct tcp_half *h);

/*
 * The secret numbers with which a connection begins, unless the settings give them. The ISN of RFC
 * 6528 is M (a tick every 4 us) plus F, a hash of the four-tuple. The offset of the timestamp clock
 * is another hash of it (RFC 7323 5.4). Both are parts of a SipHash with keys->isn: F the lower 32
 * bits, the offset the upper 32 bits. SipHash is a pseudorandom function, so disjoint bits of its
 * result are independent: a client that sees one part learns nothing about the other, nor about the
 * numbers of other four-tuples.
 */
struct tcp_secrets {
	uint32_t iss;
	uint32_t ts_offset;
};

void tcp_secrets(const struct tcp_settings *s, const struct flow_key *k,
		 const struct tcp_keys *keys, nstime now, struct tcp_secrets *out);

/* Returns our timestamp clock, in ticks of settings->ts_tick. */
uint32_t tcp_ts_clock(const struct tcp_settings *s, uint32_t offset, nstime now);

#endif
