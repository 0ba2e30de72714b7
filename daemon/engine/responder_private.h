/* SPDX-License-Identifier: MIT */
/* How the files of the responder share the work: dispatch.c takes frames in, turn.c does what
 * follows from an event until nothing more does, session.c makes and ends connections,
 * deferred.c keeps what is to happen later. */
#ifndef SYNACKD_ENGINE_RESPONDER_PRIVATE_H
#define SYNACKD_ENGINE_RESPONDER_PRIVATE_H

#include "engine/responder.h"
#include "wire/ip_rules.h"

/* A full connection, and what is around its TCP. */
struct session {
	struct tcp_conn tcp;
	struct service_run run;
	nstime silent_until;
	nstime keep; /* once CLOSED, how long to stay; 0: not at all */
	nstime began;
	bool opening;   /* data came with its SYN, and the handshake is not complete: counted */
	bool validated; /* the client has proved its address, RFC 9000 8.1: session_validate() */
};

/* Both ends, as a segment from the client has them. */
static inline struct flow_key key_of(const struct segment *seg)
{
	return (struct flow_key){.client = seg->src,
				 .server = seg->dst,
				 .client_port = seg->sport,
				 .server_port = seg->dport};
}

static inline struct ruleset *flow_rules(const struct flow *f)
{
	/* `tcp` is a ruleset's first member, and settings point to nothing else. */
	return (struct ruleset *)(f->half ? ((const struct tcp_half *)f)->settings
					  : ((const struct tcp_conn *)f)->settings);
}

/* One event on its way through the rules and the machine. */
struct turn {
	struct responder *r;
	struct flow *f; /* NULL: none (yet, or any more) */
	const struct ruleset *rules;
	const struct segment *trigger; /* the segment that began it; NULL for a timer */
	struct flow_key key;
	struct origin origin;
	unsigned ops, next_op;
	const struct rule_machine *op[OUTCOME_OPS_MAX];
	unsigned moves_seen;
	uint32_t told;          /* last_ack_sent of the connection before its machine's last step */
	bool taken_down;        /* the flow was deleted during the turn */
	struct session *before; /* in TIME-WAIT, gives way to what the trigger begins; or NULL */
};

/* session.c */
struct flow *flow_find(struct responder *r, const struct flow_key *key);
/* A SYN may end what only waits: then *f is NULL. A session that was in TIME-WAIT is returned, out
 * of the table: until the new connection is open, it stands aside for it, and comes back if the SYN
 * was an old duplicate (RFC 9293 3.6.1, MAY-2). */
struct session *flow_yields(struct responder *r, struct flow **f, const struct segment *seg);
void session_set_aside(struct responder *r, struct session *s, uint64_t half);
/* In TIME-WAIT again, unless its time is over or its place is taken. */
void session_return(struct responder *r, struct session *s);
/* In the table from here on; NULL: no room, which is counted. */
struct flow *flow_add_half(struct responder *r, const struct tcp_half *half,
			   const struct path *path, struct ruleset *rules);
struct session *flow_promote(struct responder *r, struct flow *f); /* NULL: no room */
struct session *session_open(struct responder *r, const struct flow_key *key,
			     const struct path *path, struct ruleset *rules);
void flow_delete(struct responder *r, struct flow *f);
void flow_rearm(struct responder *r, struct flow *f);
static inline struct session *session_of(struct flow *f)
{
	return (struct session *)f;
}
/* Has a rule silenced it? Then it neither hears nor speaks. `f` may be NULL. */
static inline bool flow_silent(const struct responder *r, const struct flow *f)
{
	return f && !f->half && ((const struct session *)f)->silent_until > r->now;
}
static inline struct tcp_half *half_of(struct flow *f)
{
	return (struct tcp_half *)f;
}
/* How loaded the endpoint of this number is, after a room was made for it. */
void endpoint_loads_reach(struct responder *r, uint32_t number);
struct load *endpoint_load(struct responder *r, uint32_t number);
/* The handshake is complete, or the connection is gone: it does not count as opening any more. */
void session_opened(struct responder *r, struct session *s);
uint16_t responder_mtu(const struct responder *r, const struct path *path);
/* The connection answers by `path` from now on, if `seg`, which came by it, is of its client: a
 * router may take over from another. */
void flow_follow(struct responder *r, struct flow *f, const struct segment *seg,
		 const struct path *path);
/* `came` is a segment as the client sent it, before rules changed it, and the machine has met it.
 * The client proves its address by acknowledging an unpredictable ISN of ours: the ISN is not the
 * setting `isn`, and no rule turned another acknowledgment into that of our ISN. `f` may be
 * NULL, or a half-open connection, which has proved nothing. */
void session_validate(struct flow *f, const struct segment *came);
static inline bool flow_validated(const struct flow *f)
{
	return f && !f->half && ((const struct session *)f)->validated;
}

/* turn.c */
/* The segment came by `path`, by which the answer goes where there is no connection. */
void turn_begin(struct turn *t, struct responder *r, struct flow *f, const struct ruleset *rules,
		const struct flow_key *key, const struct path *path, const struct segment *trigger);
/* The turn of a connection, without a segment. */
void turn_resume(struct turn *t, struct responder *r, struct flow *f);
void turn_view(const struct turn *t, struct rule_view *v);
struct rule_context turn_context(const struct turn *t);
/* The machine gets an event, its plan meets the rules. */
void turn_segment(struct turn *t, const struct segment *seg);
void turn_timer(struct turn *t);
/* `about` is the segment of ours that the error quotes. */
void turn_icmp(struct turn *t, const struct icmp *m, const struct segment *about);
/* The half-open connection is a whole one at once: it takes the data of its SYN. */
void turn_fast_open(struct turn *t, const struct segment *syn);
/* Actions that rules asked for are done at the end of the turn, in order. */
void turn_queue(struct turn *t, const struct outcome *out);
/* What LISTEN planned since item `first` meets the rules. */
void turn_planned(struct turn *t, unsigned first);
/* What rules added to the plan since item `first`, and the client may acknowledge, becomes part of
 * the machine's stream. */
void turn_account(struct turn *t, unsigned first);
/* "open" comes before the SYN that set it off; whatever else is queued waits for its end. */
void turn_open(struct turn *t);
void turn_origin(struct turn *t); /* bring t->origin up to date */
/* Everything that follows, then the plan goes out. */
void turn_end(struct turn *t);
/* A turn of the connection in which its machine does `op`, which may be its end. */
void turn_do(struct responder *r, struct flow *f, const struct rule_machine *op);

/* ip_problem.c */
/* Does synackd, and no kernel, answer for the address that the packet is for? */
bool ip_problem_is_ours(const struct responder *r, const struct frame *frame,
			const struct segment *seg);
/* Tell the source of a packet, of which src and dst are set, why it was discarded: if it is a
 * client, within the rate and the client's bound. */
void ip_problem_send(struct responder *r, const struct frame *frame, const struct segment *seg,
		     const struct ip_problem *problem);

/* dispatch.c: a segment as it came in, whose addresses were admitted. */
void responder_meet(struct responder *r, struct segment *seg, const struct frame *frame);
/* The client, which the entry `by` allows, has not proved its address: what it sent, perhaps a SYN,
 * bounds what it is sent. */
void responder_earn(struct responder *r, const struct allowed *by, const struct addr *client,
		    const struct frame *frame, bool syn);
/* One that passed the first door, now or after it was held. */
void responder_arrive(struct responder *r, const struct segment *seg, struct turn *t);

#endif
