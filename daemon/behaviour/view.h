/* SPDX-License-Identifier: MIT */
/* view: the values that a rule can test: of the connection, the segment and the worker. */
#ifndef SYNACKD_BEHAVIOUR_VIEW_H
#define SYNACKD_BEHAVIOUR_VIEW_H

#include "behaviour/memory.h"
#include "behaviour/rule.h"
#include "tcp/conn.h"

/* The caller fills it from a connection, a half-open record or a segment alone. Numbers are in host
 * byte order. */
struct rule_view {
	enum tcp_state state; /* STATE_LISTEN if there is no connection */
	uint64_t flow_id;     /* 0 if there is no connection */
	struct flow_key key;
	uint32_t endpoint; /* number of the endpoint, for memory */
	uint32_t irs;      /* ISN of the attempt; SEG.SEQ if there is no connection */
	uint32_t fin_seq;  /* sequence number of our FIN, if fin_sent */
	uint32_t told;     /* the last ACK number sent before the current item of the plan */
	bool fin_sent;
	bool fin_received;
	bool ts_ok;       /* timestamps were negotiated */
	struct marks syn; /* of the client, if there is a connection; zeroed if unknown */
	struct expr_values values;
	const struct tcp_settings *settings; /* for the IP fields of emitted segments */
};

/* These fill the view from a connection or a half-open record. */
void rule_view_conn(struct rule_view *v, const struct tcp_conn *c, nstime now);
void rule_view_half(struct rule_view *v, const struct tcp_half *h, nstime now);
/* Fills the view if there is no connection. VAR_ISS, VAR_SND_NXT and VAR_TS_VAL are the values with
 * which one would begin. */
void rule_view_none(struct rule_view *v, const struct tcp_settings *s, const struct flow_key *key,
		    const struct tcp_secrets *secrets, nstime now);
/* Sets the values of the segment that triggered the rule. */
void rule_view_segment(struct rule_view *v, const struct segment *seg);
/* Without a connection, derives the sequence numbers from the client's segment: irs is SEG.SEQ, and
 * rcv.nxt is SEG.SEQ+SEG.LEN. For an opening SYN, snd.una and snd.nxt are unchanged. For any other
 * segment, they are the SEQ of the reset of RFC 9293 3.10.7.1: SEG.ACK, or 0 without an ACK. */
void rule_view_client(struct rule_view *v, const struct segment *seg);

/* The state of a worker that rules use. */
struct rule_context {
	struct memory *memory;
	struct memory *notes;
	struct rng *rng;
	const struct segment *trigger; /* the segment that ICMP errors quote; NULL for a timer */
	nstime now;
	nstime begun; /* when the ruleset came into use */
};

#endif
