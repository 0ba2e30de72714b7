/* SPDX-License-Identifier: MIT */
/* session: creates, finds and deletes connections. Private to engine/.
 *
 * A flow (tcp/flow.h) is a struct tcp_half, a struct session or a struct tcp_time_wait. */
#ifndef SYNACKD_ENGINE_SESSION_H
#define SYNACKD_ENGINE_SESSION_H

#include "base/container.h"
#include "engine/engine.h"
#include "service/service.h"
#include "tcp/conn.h"
#include "tcp/half.h"
#include "tcp/time_wait_record.h"

/* A connection that is neither half open nor a small record of TIME-WAIT: its TCP and the state
 * around it. */
struct session {
	struct tcp_conn tcp;
	struct service_run run;
	nstime silent_until;
	uint16_t silent_by; /* label of the rule */
	nstime keep;        /* how long to keep it once CLOSED; 0: not at all */
	nstime began;
	nstime moved; /* time of the last new octets in either direction; 0: none */
	bool opening; /* accepted data of its SYN and is not open yet; counted in struct load */
};

/* --- the kind of a flow ----------------------------------------------------------------------- */

/* Returns addresses and ports of the connection of a client's segment. */
static inline struct flow_key key_of(const struct segment *seg)
{
	return (struct flow_key){.client = seg->src,
				 .server = seg->dst,
				 .client_port = seg->sport,
				 .server_port = seg->dport};
}

/* The flow must be a FLOW_CONN. */
static inline struct session *session_of(struct flow *f)
{
	return container_of(f, struct session, tcp.f);
}

/* The flow must be a FLOW_HALF. */
static inline struct tcp_half *half_of(struct flow *f)
{
	return container_of(f, struct tcp_half, f);
}

/* The flow must be a FLOW_TIME_WAIT. */
static inline struct tcp_time_wait *time_wait_of(struct flow *f)
{
	return container_of(f, struct tcp_time_wait, f);
}

/* Returns the octets of a record of the pools. */
static inline size_t half_size(bool v4)
{
	return offsetof(struct tcp_half, f.octets) + (v4 ? FLOW_OCTETS_V4 : FLOW_OCTETS_MAX);
}

static inline size_t time_wait_size(bool v4)
{
	return offsetof(struct tcp_time_wait, f.octets) + (v4 ? FLOW_OCTETS_V4 : FLOW_OCTETS_MAX);
}

static inline const struct tcp_settings *flow_settings(const struct flow *f)
{
	switch ((enum flow_kind)f->kind) {
	case FLOW_HALF: return container_of(f, const struct tcp_half, f)->settings;
	case FLOW_TIME_WAIT: return container_of(f, const struct tcp_time_wait, f)->settings;
	case FLOW_CONN: break;
	}
	return container_of(f, const struct tcp_conn, f)->settings;
}

/* Returns the rules of a flow, which owns a reference to them. */
static inline struct ruleset *flow_rules(const struct flow *f)
{
	const struct tcp_settings *settings = flow_settings(f);

	/* The settings of every flow are a member of its ruleset. The TCP must not change them, so
	 * it has them as const; but the engine counts the references of the ruleset. So this cast
	 * discards const; no other cast does. */
	return (struct ruleset *)((uintptr_t)settings - offsetof(struct ruleset, tcp));
}

/* Returns true if a rule silences the flow: it neither receives nor sends. `f` may be NULL. */
static inline bool flow_silent(const struct responder *r, const struct flow *f)
{
	return f && f->kind == FLOW_CONN &&
	       container_of(f, const struct session, tcp.f)->silent_until > r->now;
}

/* Returns the label of the rule that silences the flow. Requires flow_silent(). */
static inline uint16_t flow_silent_by(const struct flow *f)
{
	return container_of(f, const struct session, tcp.f)->silent_by;
}

/* Returns the time of the last new octets in either direction; 0 if there were none, or the flow is
 * not a FLOW_CONN. */
static inline nstime flow_moved(const struct flow *f)
{
	return f->kind == FLOW_CONN ? container_of(f, const struct session, tcp.f)->moved : 0;
}

/* --- the flow table --------------------------------------------------------------------------- */

/* Returns NULL if there is none. */
struct flow *flow_find(struct responder *r, const struct flow_key *key);

/* Returns an id that no connection and no attempt has. */
uint64_t flow_new_id(struct responder *r);

/* Adds a copy of a half-open connection with this key to the table, with this id and a reference to
 * the rules; its SYN arrived on `path`. Returns NULL, and counts it, if there is no space. */
struct flow *flow_add_half(struct responder *r, const struct tcp_half *half,
			   const struct flow_key *key, const struct path *path,
			   struct ruleset *rules, uint64_t id);

/* Replaces a half-open connection by a session, and frees it; if the flow is a session already,
 * returns that. Returns NULL, and counts it, if there is no space; the flow then stays half
 * open. */
struct session *flow_promote(struct responder *r, struct flow *f);

/* Adds a new session for an active open to the table, with this id and a reference to the rules.
 * Returns NULL, and counts it, if there is no space. */
struct session *session_open(struct responder *r, const struct flow_key *key,
			     const struct path *path, struct ruleset *rules, uint64_t id);

/* Does a step of the TCP, which adds to the plan. Updates session->moved if new octets were sent or
 * received. */
void session_step(struct responder *r, struct session *s, const struct tcp_event *e);

/* Stops the timer of a record of TIME-WAIT, which is not in the table, and frees it. */
void time_wait_free(struct responder *r, struct tcp_time_wait *w);

/* Deletes a flow silently, and its references. */
void flow_delete(struct responder *r, struct flow *f);

/* Sets *s to a session without a TCP. */
void session_init(struct responder *r, struct session *s);
/* Returns a session as session_init() sets it, which is not in the table. Returns NULL, and counts
 * it, if there is no space. */
struct session *session_new(struct responder *r);
/* Ends the service of a session, and frees the session, but not the path and the rules of its flow.
 * The session must not be in the table. */
void session_end(struct responder *r, struct session *s);

/* Sets the timer of a flow to the next deadline of its TCP, or of a rule that silences or keeps
 * it. The flow must not be expanded: see time_waits.h. */
void flow_rearm(struct responder *r, struct flow *f);

/* --- connections that a SYN replaces in TIME-WAIT ----------------------------------------------
 */

/* Keeps a flow that flow_yields() has returned until the half-open connection with this id opens.
 * If the SYN was an old duplicate, the flow returns (RFC 9293 3.6.1, MAY-2). */
void flow_yield(struct responder *r, struct flow *f, uint64_t half);

/* Returns the flow to TIME-WAIT, unless its time has elapsed or another connection exists. */
void flow_return(struct responder *r, struct flow *f);

/* --- changes to a connection ------------------------------------------------------------------ */

/* Notes that the handshake is complete, or that the connection is deleted: it no longer counts as
 * opening. */
void session_opened(struct responder *r, struct session *s);

/* Changes the path of a flow to `path`, on which `seg` arrived, if `seg` is from its client:
 * another router may have taken over. */
void flow_follow(struct responder *r, struct flow *f, const struct segment *seg,
		 const struct path *path);

/*
 * Notes whether the client has proved its address, after the TCP has processed its segment. `came`
 * is the segment before rules changed it. The proof is an ACK of our unpredictable ISN: the setting
 * `isn` is not in use, and no rule produced that ACK from another one. `f` may be NULL or half
 * open: that proves nothing.
 */
void session_validate(struct flow *f, const struct segment *came);

/* --- paths and endpoints ---------------------------------------------------------------------- */

/* Returns the MTU of the interface of a path, in octets. */
uint16_t path_mtu(const struct responder *r, const struct path *path);

/* Allocates the load counters of endpoints up to this number. */
void endpoint_loads_reach(struct responder *r, uint32_t number);
/* Returns the load counters of an endpoint; valid until endpoint_loads_reach(). Requires an earlier
 * endpoint_loads_reach() for the number. */
struct load *endpoint_load(struct responder *r, uint32_t number);

#endif
