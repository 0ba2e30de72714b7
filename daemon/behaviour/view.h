/* SPDX-License-Identifier: MIT */
/* The values that a rule can test: of the connection, of the segment, and of the worker. */
#ifndef SYNACKD_BEHAVIOUR_VIEW_H
#define SYNACKD_BEHAVIOUR_VIEW_H

#include "behaviour/memory.h"
#include "behaviour/rule.h"
#include "tcp/conn.h"

/* Filled by the caller from a connection, a half-open record, or the segment alone. Numbers are in
 * host byte order. */
struct rule_view {
	enum tcp_state state; /* STATE_LISTEN when there is no connection */
	uint64_t flow_id;     /* 0 when there is none */
	struct flow_key key;
	uint32_t endpoint; /* its number, for memory */
	uint32_t irs;      /* the attempt's ISN; the segment's SEQ when there is no connection */
	uint32_t fin_seq;  /* the sequence number of our FIN, when fin_sent */
	uint32_t told;     /* up to where the client's octets were acknowledged, but for the plan */
	bool fin_sent;
	bool fin_received;
	bool ts_ok;       /* timestamps were agreed on */
	struct marks syn; /* the client's, where there is a connection; zeroed: it is not known */
	struct expr_values values;
	const struct tcp_settings *settings; /* for the IP fields of what is emitted */
};

void rule_view_conn(struct rule_view *v, const struct tcp_conn *c, nstime now);
void rule_view_half(struct rule_view *v, const struct tcp_half *h, nstime now);
/* No connection. VAR_ISS, VAR_SND_NXT and VAR_TS_VAL are what one would begin with. */
void rule_view_none(struct rule_view *v, const struct tcp_settings *s, const struct flow_key *key,
		    const struct tcp_secrets *secrets, nstime now);
/* Values of the segment that triggered the rule. */
void rule_view_segment(struct rule_view *v, const struct segment *seg);
/* Without a connection the numbers come from the client's segment. irs is SEG.SEQ and rcv.nxt is
 * SEG.SEQ+SEG.LEN. For an opening SYN, snd.una and snd.nxt stay as they are; for any other segment
 * they are the SEQ of the reset that RFC 9293 3.10.7.1 has: SEG.ACK, or 0 without an ACK. */
void rule_view_client(struct rule_view *v, const struct segment *seg);

/* Where the state of a worker comes in. */
struct rule_context {
	struct memory *memory;
	struct memory *notes;
	struct rng *rng;
	const struct segment *trigger; /* that ICMP quotes; NULL for a timer */
	nstime now;
	nstime begun; /* when the ruleset came into use */
};

#endif
