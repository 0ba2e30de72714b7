/* SPDX-License-Identifier: MIT */
/*
 * Connections as they come and go. A flow (tcp/flow.h) is half open, a struct tcp_half, or more
 * than that, a struct session. Private to engine/.
 */
#ifndef SYNACKD_ENGINE_SESSION_H
#define SYNACKD_ENGINE_SESSION_H

#include "base/container.h"
#include "engine/engine.h"
#include "service/service.h"
#include "tcp/conn.h"
#include "tcp/half.h"

/* A connection that is more than half open, and what is around its TCP. */
struct session {
	struct tcp_conn tcp;
	struct service_run run;
	nstime silent_until;
	uint16_t silent_by; /* the label of the rule */
	nstime keep;        /* once CLOSED, how long to stay; 0: not at all */
	nstime began;
	nstime moved;   /* when new octets last went either way; 0: none did */
	bool opening;   /* data came with its SYN, and the handshake is not complete: counted */
	bool validated; /* the client has proved its address, RFC 9000 8.1: session_validate() */
};

/* --- what a flow is --------------------------------------------------------------------------- */

/* Both ends, as a segment from the client has them. */
static inline struct flow_key key_of(const struct segment *seg)
{
	return (struct flow_key){.client = seg->src,
				 .server = seg->dst,
				 .client_port = seg->sport,
				 .server_port = seg->dport};
}

/* Of a flow that is not half open. */
static inline struct session *session_of(struct flow *f)
{
	return container_of(f, struct session, tcp.f);
}

/* Of a flow that is half open. */
static inline struct tcp_half *half_of(struct flow *f)
{
	return container_of(f, struct tcp_half, f);
}

/* The rules of a flow, which holds a reference to them. */
static inline struct ruleset *flow_rules(const struct flow *f)
{
	const struct tcp_settings *settings =
		f->half ? container_of(f, const struct tcp_half, f)->settings
			: container_of(f, const struct tcp_conn, f)->settings;

	/* The settings of every flow are those of a ruleset. The machine has them as const, as it
	 * must not change them; what holds them is counted. So this one cast discards const. */
	return (struct ruleset *)((uintptr_t)settings - offsetof(struct ruleset, tcp));
}

/* Has a rule silenced it? Then it neither hears nor speaks. `f` may be NULL. */
static inline bool flow_silent(const struct responder *r, const struct flow *f)
{
	return f && !f->half && container_of(f, const struct session, tcp.f)->silent_until > r->now;
}

/* The label of the rule that silenced a flow which is flow_silent(). */
static inline uint16_t flow_silent_by(const struct flow *f)
{
	return container_of(f, const struct session, tcp.f)->silent_by;
}

/* Has its client proved its address? `f` may be NULL, or half open, which proves nothing. */
static inline bool flow_validated(const struct flow *f)
{
	return f && !f->half && container_of(f, const struct session, tcp.f)->validated;
}

/* --- in the table ----------------------------------------------------------------------------- */

/* Returns NULL if there is none. */
struct flow *flow_find(struct responder *r, const struct flow_key *key);

/* An id that no connection and no attempt has. */
uint64_t flow_new_id(struct responder *r);

/* Puts a copy of a half-open connection, whose SYN came by `path`, into the table under this id,
 * and counts the rules. Returns NULL if there is no room, which is counted. */
struct flow *flow_add_half(struct responder *r, const struct tcp_half *half,
			   const struct path *path, struct ruleset *rules, uint64_t id);

/* The session that takes the place of a half-open connection, which is freed; or the session that
 * the flow is already. Returns NULL if there is no room, which is counted; then it stays half open.
 */
struct session *flow_promote(struct responder *r, struct flow *f);

/* Puts a new session into the table under this id, which is to open actively, and counts the rules.
 * Returns NULL if there is no room, which is counted. */
struct session *session_open(struct responder *r, const struct flow_key *key,
			     const struct path *path, struct ruleset *rules, uint64_t id);

/* Its machine meets an event, and adds to the plan. If new octets went either way, session->moved
 * is now. */
void session_step(struct responder *r, struct session *s, const struct tcp_event *e);

/* Frees a flow of the table, and puts back what it counts: without a word to its client. */
void flow_delete(struct responder *r, struct flow *f);

/* Its timer is due when its machine, or a rule that silenced or keeps it, waits for. */
void flow_rearm(struct responder *r, struct flow *f);

/* --- TIME-WAIT -------------------------------------------------------------------------------- */

/* A SYN may end what only waits: then *f is NULL. A session that was in TIME-WAIT is returned, out
 * of the table: it goes to session_yield() or to session_return(). Else returns NULL. */
struct session *flow_yields(struct responder *r, struct flow **f, const struct segment *seg);

/* It gives way to the half-open connection with this id, until that one is open; and it comes back
 * if the SYN was an old duplicate (RFC 9293 3.6.1, MAY-2). */
void session_yield(struct responder *r, struct session *s, uint64_t half);

/* In TIME-WAIT again, unless its time is over or its place is taken. */
void session_return(struct responder *r, struct session *s);

/* --- what changes on the way ------------------------------------------------------------------ */

/* The handshake is complete, or the connection is gone: it does not count as opening any more. */
void session_opened(struct responder *r, struct session *s);

/* The connection answers by `path` from now on, if `seg`, which came by it, is of its client: a
 * router may take over from another. */
void flow_follow(struct responder *r, struct flow *f, const struct segment *seg,
		 const struct path *path);

/* `came` is a segment as the client sent it, before rules changed it, and the machine has met it.
 * The client proves its address by acknowledging an unpredictable ISN of ours: the ISN is not the
 * setting `isn`, and no rule turned another acknowledgment into that of our ISN. `f` may be NULL or
 * half open: then nothing is proved. */
void session_validate(struct flow *f, const struct segment *came);

/* --- of paths and endpoints ------------------------------------------------------------------- */

/* The MTU of the interface of a path, in octets. */
uint16_t path_mtu(const struct responder *r, const struct path *path);

/* Make room for the load of the endpoint of this number. */
void endpoint_loads_reach(struct responder *r, uint32_t number);
/* There is room for it. Valid until endpoint_loads_reach(). */
struct load *endpoint_load(struct responder *r, uint32_t number);

#endif
