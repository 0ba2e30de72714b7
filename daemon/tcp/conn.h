/* SPDX-License-Identifier: MIT */
/*
 * A connection and the pure step: (connection, event, now) -> plan. No I/O, no clock, no global,
 * and no oddity: what is odd is behaviour/'s.
 */
#ifndef SYNACKD_TCP_CONN_H
#define SYNACKD_TCP_CONN_H

#include "tcp/half.h"
#include "tcp/queue.h"

enum tcp_timer {
	TIMER_RETRANSMIT, /* RFC 6298 */
	TIMER_PERSIST,    /* zero-window probes, RFC 9293 3.8.6.1; SWS override, 3.8.6.2.1 */
	TIMER_LINGER,     /* TIME-WAIT; FIN-WAIT-2 */
	TIMER_ACK,        /* a delayed ACK, RFC 9293 3.8.6.3 */
	TIMER_KEEPALIVE,  /* RFC 9293 3.8.4 */
	TIMER_PACE,       /* the next portion of new octets may leave */
	TIMER_COUNT
};

struct tcp_conn {
	struct flow f;
	const struct tcp_settings *settings; /* outlives the connection */

	/* Send sequence space, RFC 9293 3.3.1. `snd_nxt` goes back on a timeout; `snd_max` is the
	 * highest ever sent, and what the outside calls SND.NXT. */
	uint32_t iss, snd_una, snd_nxt, snd_max;
	uint32_t snd_wnd; /* scaled: octets */
	uint32_t snd_wl1, snd_wl2;
	uint32_t snd_wnd_max;
	uint16_t link_mss; /* the link's MTU less the least headers */
	uint16_t snd_mss;  /* Eff.snd.MSS before options are taken off, RFC 9293 3.7.1 */
	uint8_t snd_wscale;

	/* Receive sequence space. `rcv_adv` is the right edge that we advertised: it never moves
	 * left, unless it is shrunk: `rcv_taken_back` octets behind it were advertised, too.
	 * `rcv_buffer` is how much may be advertised. */
	uint32_t irs, rcv_nxt, rcv_adv, rcv_taken_back;
	uint32_t fin_seq;  /* of the client's FIN, when fin_seen: no octets lie behind it */
	uint32_t syn_text; /* octets of the client's SYN in recvq that RCV.NXT does not cover yet */
	uint32_t rcv_buffer;
	uint8_t rcv_wscale;

	bool wscale_ok, sack_ok, ts_ok, ecn_ok;
	struct marks syn;  /* the client's, its latest; zeroed: it is not known */
	bool fast_open;    /* data came with the SYN: the user may answer before ESTABLISHED */
	bool syn_acked;    /* our SYN; SND.UNA may come by ISS again, 4 GB later */
	bool active;       /* we opened: SYN-RECEIVED goes back to CLOSED, not to LISTEN */
	bool fin_queued;   /* the user closed; the FIN stands behind the last octet of sendq */
	bool fin_sent;     /* it was sent at least once: snd_max covers it */
	bool fin_seen;     /* the client's FIN came, perhaps ahead of octets that miss */
	bool fin_received; /* and everything before it */
	bool ack_owed;     /* the next segment, or the end of the turn, sends it */
	bool user_gone;    /* octets that nobody reads any more draw an RST, RFC 2525 2.17 */
	bool reading_paused;
	bool writing_paused;
	bool read_since_ack; /* the user took octets: the window may have news */
	bool torn; /* octets of our stream found no memory: to be aborted before it sends more */

	struct sendq sendq; /* octets from snd_una on (without SYN and FIN) */
	struct recvq recvq; /* octets that the user has not taken, and those beyond a gap */

	uint32_t ts_recent, ts_offset, last_ack_sent; /* RFC 7323 4.3 */
	nstime ts_recent_at;                          /* RFC 7323 5.5: it is void after 24 days */

	/* What the next ACK says was received twice, RFC 2883; empty when from == to. */
	uint32_t dsack_from, dsack_to;

	/* RFC 3168 6.1. */
	bool ecn_echo;        /* CE was seen and no CWR yet: our ACKs say ECE */
	bool ecn_cwr;         /* the window was reduced: the next new octets say CWR */
	uint32_t ecn_recover; /* no further reduction until this is acknowledged */

	/* Retransmission and congestion control: RFC 6298, 5681. */
	nstime srtt, rttvar, rto;
	nstime rtt_sent_at; /* of the segment that is being timed; NS_NEVER when none is (Karn) */
	uint32_t rtt_seq;
	nstime unacked_since; /* since when the oldest octet waits for its ACK, for R2 */
	uint32_t cwnd, ssthresh;
	uint32_t recover;   /* snd_max when a loss was seen, RFC 6582 */
	bool recovering;    /* fast recovery, until `recover` is acknowledged */
	bool sent_by_timer; /* again, the octet at SND.UNA */
	uint8_t dup_acks;
	uint32_t dup_max; /* snd_max when the first of them came */
	uint8_t backoff;
	uint32_t pace_edge;    /* with a pace: octets before it may leave */
	nstime sent_at;        /* octets, last: RFC 5681 4.1 */
	nstime heard_at;       /* from the client, last */
	nstime probe_since;    /* the first window probe that nothing came after */
	nstime challenge_from; /* RFC 5961 7: challenge ACKs counted since then */
	uint8_t challenges;

	uint16_t ip_id;
	nstime opened;                  /* when the handshake was complete */
	nstime deadline[TIMER_COUNT];   /* NS_NEVER when not running */
	uint64_t octets_in, octets_out; /* delivered in order; acknowledged */
};

enum tcp_event_type {
	TCP_EVENT_SEGMENT,   /* a segment arrived */
	TCP_EVENT_TIMER,     /* time passed: every deadline up to now has its turn */
	TCP_EVENT_OPEN,      /* active OPEN, from CLOSED */
	TCP_EVENT_FAST_OPEN, /* take the data of the SYN, and answer it; RFC 7413 4.2.2 */
	TCP_EVENT_ICMP,      /* an error came about `seg`, which is ours: packet_decode_start's */
	TCP_EVENT_TURN,  /* the user had its turn (read, wrote, closed): send what that allows */
	TCP_EVENT_ABORT, /* RST, then CLOSED */
};

struct tcp_event {
	enum tcp_event_type type;
	const struct segment *seg;
	const struct icmp *icmp; /* of TCP_EVENT_ICMP */
};

/*
 * One step. Adds to the plan what is to be sent and records every change of state there. A
 * connection that ends up in STATE_CLOSED is the caller's to delete. Data that arrived is in recvq;
 * after a SEGMENT or TIMER step the user gets its turn and a TURN step follows.
 */
void tcp_step(struct tcp_conn *c, const struct tcp_event *e, nstime now, struct plan *plan);

/* A connection of its own, zeroed but for this: in SYN-RECEIVED, as the half-open record had it
 * (the flow is copied, but neither its place in the table nor its timer). */
void tcp_conn_from_half(struct tcp_conn *c, const struct tcp_half *h);
/* In CLOSED, ready for TCP_EVENT_OPEN. The flow's key, id and path are the caller's to set before.
 */
void tcp_conn_init(struct tcp_conn *c, const struct tcp_settings *s, uint16_t mtu,
		   const struct tcp_keys *keys, nstime now);
void tcp_conn_release(struct tcp_conn *c); /* frees the queues, not the record */

/* The user's side, RFC 9293 3.9.1. What it does takes effect with the TURN step. */
size_t tcp_readable(const struct tcp_conn *c, const uint8_t **data); /* in order, contiguous */
void tcp_consume(struct tcp_conn *c, size_t n);
bool tcp_eof(const struct tcp_conn *c); /* the client's FIN came, and all before it was taken */
size_t tcp_writable(const struct tcp_conn *c); /* room for this many octets; 0 after close */
size_t tcp_room(const struct tcp_conn *c);     /* likewise, also while writing is paused */
/* n <= tcp_room(). Without memory c->torn is set, and there is no room from then on. */
void tcp_write(struct tcp_conn *c, const void *data, size_t n);
/* Our side, 3.10.4; what the client sends can still be read. In SYN-SENT the connection is CLOSED.
 * In SYN-RECEIVED the FIN leaves with the TURN if nothing else is to be sent, else once the
 * connection is ESTABLISHED; the state is FIN-WAIT-1 not before our SYN is acknowledged. */
void tcp_close(struct tcp_conn *c);
/* Both sides, as close(2) does it: octets that were not read, or come later, draw an RST (RFC 2525
 * 2.17, RFC 9293 3.6.1). What was written before leaves ahead of that RST, as far as the windows
 * let it. The user does not read any more. */
void tcp_leave(struct tcp_conn *c);
/* Change the receive buffer: `machine = "window N"`. A window that was advertised stays usable. */
void tcp_set_window(struct tcp_conn *c, uint32_t octets);
/* Throw away what came out of order, though it may be acknowledged selectively (RFC 2018 8). */
void tcp_renege(struct tcp_conn *c);
/* The timestamp clock goes so many ticks forward, for good. */
void tcp_timestamps_jump(struct tcp_conn *c, uint32_t ticks);
/* Likewise, and the window is not larger from now on, whatever was advertised (RFC 9293 3.8.6: it
 * should not be done, and must be survived, SHLD-14 and MUST-34). The client is told at once. */
void tcp_shrink_window(struct tcp_conn *c, uint32_t octets);

/* `seg` was sent in our name with octets (payload, FIN) that the machine did not make: octets that
 * begin at SND.NXT, or before our FIN that `seg` is, become part of its stream, to be acknowledged
 * and retransmitted. Without memory c->torn is set, as after tcp_write. */
void tcp_counted(struct tcp_conn *c, const struct segment *seg, nstime now);

#endif
