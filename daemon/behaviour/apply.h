/* SPDX-License-Identifier: MIT */
/* The two doors: rules meet a segment between wire and tcp (receive), and a plan after tcp. */
#ifndef SYNACKD_BEHAVIOUR_APPLY_H
#define SYNACKD_BEHAVIOUR_APPLY_H

#include "behaviour/memory.h"
#include "behaviour/rule.h"
#include "tcp/conn.h"

/* What a rule can know: filled by the caller from a connection, a half-open record, or the segment
 * alone. */
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
/* What the segment that set the rule off adds to the values. */
void rule_view_segment(struct rule_view *v, const struct segment *seg);
/* Where there is no connection, the client's segment is all there is to know of it: irs, rcv.nxt.
 */
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

#define OUTCOME_OPS_MAX 16

/* What the rules want done beside their changes to segment or plan. A zeroed one is ready. */
struct outcome {
	bool drop;
	nstime hold;        /* added up; 0: none */
	unsigned duplicate; /* receive: give the machine the segment so many times more */
	unsigned ops;
	const struct rule_machine *op[OUTCOME_OPS_MAX]; /* of the ruleset, or of whoever asked */
	uint8_t labels;                                 /* names of the rules that acted */
	uint16_t label[PLAN_LABELS_MAX];
	bool reorders; /* rules_send's own: items are to change places */
};

/* Does the segment belong to the class, seen from us (`sent`) or from the client? */
bool segment_is(const struct segment *seg, enum segment_class class, bool sent,
		const struct rule_view *v);

/* The first door. May change *seg (its payload then belongs to the rule) and adds what is to be
 * emitted to the plan. */
void rules_receive(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		   struct segment *seg, struct plan *plan, struct outcome *out);

/* The second door: every item of the plan from `first` on that the machine made. Items that rules
 * emit are not met by rules again. */
void rules_send(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		struct plan *plan, unsigned first, struct outcome *out);

/* The machine entered v->state. */
void rules_enter(const struct ruleset *rs, struct rule_context *ctx, struct rule_view *v,
		 struct plan *plan, struct outcome *out);

/* `rule->after` passed in its state: the caller checked that the machine is there still. */
void rules_after(const struct rule *rule, struct rule_context *ctx, struct rule_view *v,
		 struct plan *plan, struct outcome *out);

#endif
