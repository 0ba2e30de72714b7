/* SPDX-License-Identifier: MIT */
/*
 * conn: a connection, and its step: a pure function (connection, event, now) -> plan.
 *
 * It does no I/O and reads no clock and no globals. It conforms to RFC 9293; all oddities are in
 * behaviour/.
 */
#ifndef SYNACKD_TCP_CONN_H
#define SYNACKD_TCP_CONN_H

#include "tcp/half.h"
#include "tcp/queue.h"

enum tcp_timer {
	TIMER_RETRANSMIT, /* RFC 6298 */
	/* Zero-window probes, RFC 9293 3.8.6.1; override timeout of SWS avoidance, 3.8.6.2.1. */
	TIMER_PERSIST,
	TIMER_LINGER,    /* TIME-WAIT; FIN-WAIT-2 */
	TIMER_ACK,       /* delayed ACK, RFC 9293 3.8.6.3 */
	TIMER_KEEPALIVE, /* RFC 9293 3.8.4 */
	TIMER_PACE,      /* interval until the next portion of new octets */
	TIMER_COUNT
};

struct tcp_conn {
	struct flow f;
	const struct tcp_settings *settings; /* must outlive the connection */

	/* Send sequence space, RFC 9293 3.3.1. A timeout sets `snd_nxt` back. `snd_max` is the
	 * highest number ever sent: SND.NXT, as seen from outside tcp/. */
	uint32_t iss, snd_una, snd_nxt, snd_max;
	uint32_t snd_wnd; /* unit: octets, after scaling */
	uint32_t snd_wl1, snd_wl2;
	uint32_t snd_wnd_max;
	uint16_t link_mss; /* the link's MTU minus the minimum headers */
	uint16_t snd_mss;  /* Eff.snd.MSS before options are subtracted, RFC 9293 3.7.1 */
	uint8_t snd_wscale;

	/* Receive sequence space. `rcv_adv` is the right edge of the advertised window. It never
	 * moves left, except by tcp_shrink_window(): then the `rcv_taken_back` octets after it were
	 * advertised before. `rcv_buffer` limits the advertised window. */
	uint32_t irs, rcv_nxt, rcv_adv, rcv_taken_back;
	/* Sequence number of the client's FIN, if fin_seen; no octets follow it. */
	uint32_t fin_seq;
	uint32_t syn_text; /* octets of the client's SYN in recvq that RCV.NXT does not cover yet */
	uint32_t rcv_buffer;
	uint8_t rcv_wscale;

	bool wscale_ok, sack_ok, ts_ok, ecn_ok;
	struct marks syn; /* of the client's latest SYN; zeroed if unknown */
	bool fast_open;   /* the SYN carried data: the user may answer before ESTABLISHED */
	/* Our SYN is acknowledged. SND.UNA > ISS does not prove it, as SND.UNA wraps after 4
	 * GiB. */
	bool syn_acked;
	bool active;       /* we opened: SYN-RECEIVED returns to CLOSED, not to LISTEN */
	bool fin_queued;   /* the user closed; the FIN follows the last octet of sendq */
	bool fin_sent;     /* the FIN was sent at least once: snd_max covers it */
	bool fin_seen;     /* the client's FIN arrived, possibly with octets before it missing */
	bool fin_received; /* the client's FIN and all octets before it arrived */
	bool ack_owed;     /* the next segment, or the end of the turn, sends the ACK */
	bool user_gone;    /* the user reads no more: received octets draw an RST, RFC 2525 2.17 */
	bool reading_paused;
	bool writing_paused;
	bool read_since_ack; /* the user read octets: the window may have grown */
	bool torn;           /* no memory for octets of our stream: abort before more is sent */

	struct sendq sendq; /* octets from snd_una on, without SYN and FIN */
	struct recvq recvq; /* octets that the user has not read, and octets beyond a gap */

	uint32_t ts_recent, ts_offset, last_ack_sent; /* RFC 7323 4.3 */
	/* RFC 7323 5.5: ts_recent is invalid after 24 days. */
	nstime ts_recent_at;

	/* Range to report as duplicate in the next ACK (RFC 2883); empty if from == to. */
	uint32_t dsack_from, dsack_to;

	/* RFC 3168 6.1. */
	bool ecn_echo;        /* CE received, but no CWR since: our ACKs carry ECE */
	bool ecn_cwr;         /* the congestion window was reduced: the next new octets carry CWR */
	uint32_t ecn_recover; /* no further reduction until this is acknowledged */

	/* Retransmission and congestion control: RFC 6298, 5681. */
	nstime srtt, rttvar, rto;
	nstime rtt_sent_at; /* time of the segment that is being timed; NS_NEVER if none (Karn) */
	uint32_t rtt_seq;
	nstime unacked_since; /* time since which an octet awaits its ACK, for R2 */
	uint32_t cwnd, ssthresh;
	uint32_t recover;   /* snd_max when the last loss was detected, RFC 6582 */
	bool recovering;    /* in fast recovery, until `recover` is acknowledged */
	bool sent_by_timer; /* a timeout has retransmitted the octet at SND.UNA */
	uint8_t dup_acks;
	uint32_t dup_max; /* snd_max when the first duplicate ACK arrived */
	uint8_t backoff;
	uint32_t pace_edge;    /* with pacing: octets before it may be sent */
	nstime sent_at;        /* time of the last octets sent: RFC 5681 4.1 */
	nstime heard_at;       /* time of the last valid segment from the client */
	nstime probe_since;    /* time of the first unanswered window probe */
	nstime challenge_from; /* RFC 5961 7: `challenges` counts ACKs since then */
	uint8_t challenges;

	uint16_t ip_id;
	nstime opened;                  /* time of the completed handshake */
	nstime deadline[TIMER_COUNT];   /* NS_NEVER if not running */
	uint64_t octets_in, octets_out; /* delivered in order; acknowledged */
};

enum tcp_event_type {
	TCP_EVENT_SEGMENT,   /* a segment arrived */
	TCP_EVENT_TIMER,     /* time elapsed: every timer with a deadline up to now expires */
	TCP_EVENT_OPEN,      /* active OPEN, from CLOSED */
	TCP_EVENT_FAST_OPEN, /* accept the data of the SYN and answer it; RFC 7413 4.2.2 */
	/* An error arrived about `seg`, our segment, as packet_decode_start() reads it. */
	TCP_EVENT_ICMP,
	/* The user had its turn (read, wrote, closed): send the resulting segments. */
	TCP_EVENT_TURN,
	TCP_EVENT_ABORT, /* RFC 9293 3.10.5: an RST in most states, then CLOSED */
};

struct tcp_event {
	enum tcp_event_type type;
	const struct segment *seg;
	const struct icmp *icmp; /* for TCP_EVENT_ICMP */
};

/* Does one step. Appends the segments to send and the state changes to the plan. The caller deletes
 * a connection that is then in STATE_CLOSED. Received octets are in recvq. After a SEGMENT or TIMER
 * step, the caller gives the user its turn and does a TURN step. */
void tcp_step(struct tcp_conn *c, const struct tcp_event *e, nstime now, struct plan *plan);

/* Initialises a connection in SYN-RECEIVED from a half-open record. It copies the flow, but neither
 * its place in the flow table nor its timer. */
void tcp_conn_from_half(struct tcp_conn *c, const struct tcp_half *h);
/* Initialises a connection in CLOSED, ready for TCP_EVENT_OPEN. The caller must have set key, id
 * and path of the flow. `mtu` is in octets. */
void tcp_conn_init(struct tcp_conn *c, const struct tcp_settings *s, uint16_t mtu,
		   const struct tcp_keys *keys, nstime now);
/* Sets the initial values of the retransmission timeout, the congestion control and the IP id, and
 * stops all timers. Requires the settings and the ISN. For the functions that initialise a
 * connection. */
void tcp_conn_defaults(struct tcp_conn *c);
void tcp_conn_release(struct tcp_conn *c); /* frees the queues, not the record */

/* The calls of the user, RFC 9293 3.9.1. They take effect in the TURN step. */

/* Returns the number of octets to read; *data points to them. They are in order and contiguous. */
size_t tcp_readable(const struct tcp_conn *c, const uint8_t **data);
/* Removes n octets that the user has read; n must be at most tcp_readable(). */
void tcp_consume(struct tcp_conn *c, size_t n);
/* Returns true if the client's FIN arrived and the user has read all octets before it. */
bool tcp_eof(const struct tcp_conn *c);
size_t tcp_writable(const struct tcp_conn *c); /* octets that may be written; 0 after close */
size_t tcp_room(const struct tcp_conn *c);     /* the same, also while writing is paused */
/* n must be at most tcp_room(). Without memory, sets c->torn, and tcp_room() is 0 from then on. */
void tcp_write(struct tcp_conn *c, const void *data, size_t n);
/* Does the same with n lent octets from the offset `at` on, if possible without a copy
 * (sendq_lend).
 */
void tcp_lend(struct tcp_conn *c, const struct lent *lent, uint32_t at, size_t n);
/* Closes our side (3.10.4); the user can still read. In SYN-SENT the connection becomes CLOSED. In
 * SYN-RECEIVED, the TURN step sends the FIN if nothing else is queued; otherwise the FIN follows in
 * ESTABLISHED. The state becomes FIN-WAIT-1 only after our SYN is acknowledged. */
void tcp_close(struct tcp_conn *c);
/* Closes both sides, as close(2) does. Octets that are unread, or arrive later, draw an RST (RFC
 * 2525 2.17, RFC 9293 3.6.1). Octets that were written before are sent before that RST, as far as
 * the windows allow. The user must not read any more. */
void tcp_leave(struct tcp_conn *c);
/* Changes the receive buffer: `machine = "window N"`. An advertised window remains valid. */
void tcp_set_window(struct tcp_conn *c, uint32_t octets);
/* Discards the octets received out of order, even if a SACK block has reported them (RFC 2018
 * 8). */
void tcp_renege(struct tcp_conn *c);
/* Advances the timestamp clock by `ticks`, permanently. */
void tcp_timestamps_jump(struct tcp_conn *c, uint32_t ticks);
/* Changes the receive buffer like tcp_set_window(), but shrinks the advertised window at once. RFC
 * 9293 3.8.6: a TCP should not do this (SHLD-14), and the client must survive it (MUST-34). An ACK
 * informs the client. */
void tcp_shrink_window(struct tcp_conn *c, uint32_t octets);

/*
 * Records that `seg`, a segment of a rule, was sent to the client with payload or FIN that the TCP
 * did not make. Octets that begin at SND.NXT, or before our FIN if `seg` has that FIN, become part
 * of our stream: the client acknowledges them, and the TCP retransmits them. Without memory, sets
 * c->torn, as tcp_write() does.
 */
void tcp_counted(struct tcp_conn *c, const struct segment *seg, nstime now);

#endif
