/* SPDX-License-Identifier: MIT */
/*
 * The path of a segment in one worker, without threads and without a clock: a frame comes in at its
 * time, frames go out. Live, in replay and in tests it is the same code.
 *
 *   link -> wire -> receive rules -> tcp -> service -> plan rules -> emit -> link
 *
 * Here a responder is made, set up and asked. receive.h gives it frames, advance.h moves its clock,
 * connection_ops.h acts on its connections. A responder is used by one thread at a time.
 */
#ifndef SYNACKD_ENGINE_RESPONDER_H
#define SYNACKD_ENGINE_RESPONDER_H

#include "engine/attempt.h"
#include "engine/endpoint_index.h"
#include "engine/loops.h"
#include "link/link.h"
#include "service/relay.h"
#include "service/report.h"
#include "tcp/keys.h"
#include "trace/trace.h"

struct responder;

#define WORKERS_MAX 64 /* responders of one daemon */

/* What was counted, beside the link's own; names in responder_counter_name(). */
enum responder_counter {
	COUNT_SEGMENTS_IN,
	COUNT_SEGMENTS_OUT,
	COUNT_ICMP_OUT,
	COUNT_CONNECTIONS,    /* handshakes completed */
	COUNT_HALF_OPEN,      /* SYNs that made a half-open record */
	COUNT_CLOSED_PORT,    /* segments for an address of ours without an endpoint at the port */
	COUNT_NOT_OURS,       /* for no address of ours */
	COUNT_CLIENT_REFUSED, /* from outside the allow-list */
	COUNT_UNANSWERABLE,   /* from or to a multicast, broadcast or unspecified address */
	COUNT_LINK_GROUP,     /* in a frame from or to a broadcast or multicast link address */
	COUNT_LOOPBACK,       /* from or to a loopback address, by a link that is not lo */
	COUNT_OWN_SOURCE,     /* from an address and port that synackd itself sends from */
	COUNT_DROPPED_BY_RULE,
	COUNT_FAST_OPEN,        /* SYNs whose data was taken */
	COUNT_COOKIES,          /* SYN cookies that came back */
	COUNT_REASSEMBLED,      /* packets that came in fragments */
	COUNT_ICMP_ERRORS,      /* about what a connection of ours sent */
	COUNT_ICMP_STRAY,       /* other ICMP, or spoilt */
	COUNT_ICMP_LIMITED,     /* errors not sent: too many a second, RFC 4443 2.4 (f) */
	COUNT_OVERLAPS,         /* packets whose fragments overlap or contradict each other */
	COUNT_HALF_OPEN_FULL,   /* SYNs at half_open_max, or at the endpoint's backlog */
	COUNT_CONNECTIONS_FULL, /* at connections_max */
	COUNT_PATHS_FULL,       /* SYNs, and connections not moved, at a bound of link/paths.h */
	COUNT_PATH_CHANGES,     /* connections whose client came by another router */
	COUNT_DELAYED_FULL,     /* at delayed_max: sent, or handed on, at once */
	COUNT_NO_MEMORY,
	COUNT_RELAYS,        /* connections to real servers that were begun */
	COUNT_RELAYS_FAILED, /* clients that were reset because of their server */
	COUNT_RELAYS_FULL,   /* those for which no file descriptor was left */
	COUNT_REPORTS_TAKEN, /* clients that were reset, as they read a report that others waited
				for */
	COUNT_REFUSED,       /* not sent: its address is not to be answered */
	COUNT_LOOPS,         /* likewise: beyond the bound of a peer that we asked to answer */
	COUNT_OVER_BUDGET,   /* likewise: beyond the bound of a client that proved no address */
	COUNT_STEP_LIMIT,    /* rules that went on setting off rules */
	COUNT_RULES_CUT,     /* segments that rules were to add to one plan beyond PLAN_ADDED_MAX */
	COUNT_OUTDATED,      /* delayed segments thrown away, as the connection was past them */
	COUNT_COUNT
};

const char *responder_counter_name(enum responder_counter c); /* "segments-in" */

/* The secrets of a responder, 128 bits each. */
struct responder_keys {
	struct tcp_keys tcp;
	struct siphash_key flows; /* of the hash tables: of connections and held segments, */
	struct siphash_key notes; /* of all others */
};

/* Drawn from getrandom(2), for responders that meet clients live: for each of `count` its own, but
 * for that of Fast Open, as a client brings its cookie to any of them. False, with errno set: there
 * are none, and nothing may be answered. */
bool responder_keys_draw(struct responder_keys *out, unsigned count);
/* The keys that a seed gives. They are no secret: a replay and tests use them, so that the same
 * seed gives the same octets. */
void responder_keys_of_seed(uint64_t seed, struct responder_keys *out);

/* The bounds of one responder. */
struct responder_limits {
	uint32_t half_open_max;
	uint32_t connections_max;
	uint32_t delayed_max;   /* segments and actions that wait: engine/deferred.h */
	size_t trace_size;      /* octets */
	size_t reflection_rate; /* octets a second: engine/amplification.h */
	struct loop_limits loops;
};

/*
 * A responder with an empty table, whose clock stands at `now`. `seed` makes chance, whatever the
 * keys are. The limits and the keys are copied. It takes no frame before it has a link and
 * endpoints.
 */
struct responder *responder_new(const struct responder_limits *limits, uint64_t seed,
				const struct responder_keys *keys, nstime now);
/* Its links, which are closed by their owner, may be gone already. NULL is fine. */
void responder_free(struct responder *r);

/* The same for one that is part of something else, whose size only engine.h tells. */
void responder_init(struct responder *r, const struct responder_limits *limits, uint64_t seed,
		    const struct responder_keys *keys, nstime now);
void responder_release(struct responder *r);

/* Every connection gone without a word, every timer off: for the end of a test or a run. */
void responder_clear(struct responder *r);

/* --- set before the first frame --------------------------------------------------------------- */

/* Which one it is, from 0 on, of how many workers that share the ids of connections between them.
 * Else it is the only one. */
void responder_set_number(struct responder *r, unsigned number, unsigned of);
/* Are packets with a wrong checksum discarded? They are, unless this says otherwise. */
void responder_set_verify(struct responder *r, bool verify);
/* The services that need them get relays and reports from here; both are copied. Without one,
 * clients are reset. */
void responder_set_relays(struct responder *r, const struct relay_provider *provider);
void responder_set_reports(struct responder *r, const struct report_provider *provider);
/* Set the clock, back also: to the time of the first frame of a capture. */
void responder_start_at(struct responder *r, nstime when);

/* --- links ------------------------------------------------------------------------------------ */

/* One more link, which stays the caller's; there are less than LINKS_MAX. Its index is set. */
void responder_add_link(struct responder *r, struct link *l);
/* Put `l` in the place of a link, where the connections by that one find it. */
void responder_replace_link(struct responder *r, struct link *before, struct link *l);
unsigned responder_links(const struct responder *r);
struct link *responder_link(const struct responder *r, unsigned index);
void responder_flush(struct responder *r); /* push out what the links have gathered */

/* --- what is in use: at the time of the clock ------------------------------------------------- */

/* Swap the endpoints; takes the reference over. Open connections keep the rules they began with;
 * counts of endpoints whose behaviour changed are forgotten. */
void responder_use(struct responder *r, struct endpoint_index *e);
/* Other limits, from now on: what is beyond them already stays. The ring of the trace stays as it
 * is: `trace_size` is only what responder_limits() tells, and trace_move() changes the ring. */
void responder_use_limits(struct responder *r, const struct responder_limits *limits);
/* What the next attempts of some clients meet in place of their endpoint's behaviour, and nothing
 * else any more: see attempts_use(). */
void responder_use_overrides(struct responder *r, const struct attempt_override *list,
			     unsigned count);

/* --- what can be asked ------------------------------------------------------------------------ */

nstime responder_now(const struct responder *r); /* where the clock stands */
unsigned responder_number(const struct responder *r);
const struct responder_limits *responder_limits(const struct responder *r);
struct trace *responder_trace(struct responder *r);

/* Is it the id of an attempt that is no connection, and may go on? */
bool responder_has_attempt(const struct responder *r, uint64_t id);

/* Count what happened to a relay or a report, outside. */
void responder_count(struct responder *r, enum responder_counter c);

struct responder_counts {
	uint32_t half_open, connections; /* there are now; `connections` are more than half open */
	const uint64_t *counter;         /* COUNT_COUNT of them, */
	const uint64_t *packets;         /* WIRE_RESULT_COUNT, by what the decoder made of them: */
};                                       /* the responder's, as they are at any time */

struct responder_counts responder_counts(const struct responder *r);

/* No two workers give the same id: whose connection has this one? */
static inline unsigned responder_of(uint64_t id, unsigned workers)
{
	return (unsigned)((id - 1) % workers);
}

#endif
