/* SPDX-License-Identifier: MIT */
/*
 * responder: the path of a segment in one worker, without threads and without a clock.
 *
 * A frame arrives at its time, and frames are sent. The code is the same live, in replay and in
 * tests.
 *
 *   link -> wire -> receive rules -> tcp -> service -> plan rules -> emit -> link
 *
 * This file creates, configures and queries a responder. receive.h passes frames to it, advance.h
 * moves its clock, connection_ops.h operates on its connections. Only one thread may use a
 * responder at a time.
 */
#ifndef SYNACKD_ENGINE_RESPONDER_H
#define SYNACKD_ENGINE_RESPONDER_H

#include "engine/attempt.h"
#include "engine/endpoint_update.h"
#include "engine/loops.h"
#include "link/link.h"
#include "service/relay.h"
#include "service/report.h"
#include "tcp/keys.h"
#include "trace/trace.h"

struct responder;

#define WORKERS_MAX 64 /* maximum number of responders of a daemon */

/* Counters; the links have their own. responder_counter_name() returns the names. */
enum responder_counter {
	COUNT_SEGMENTS_IN,
	COUNT_SEGMENTS_OUT,
	COUNT_ICMP_OUT,
	COUNT_CONNECTIONS,    /* completed handshakes */
	COUNT_HALF_OPEN,      /* SYNs that created a half-open record */
	COUNT_CLOSED_PORT,    /* segments for an address of ours, at a port without an endpoint */
	COUNT_NOT_OURS,       /* segments for an address that is not ours */
	COUNT_CLIENT_REFUSED, /* segments from outside the allow-list */
	COUNT_UNANSWERABLE,   /* from or to a multicast, broadcast or unspecified address */
	COUNT_LINK_GROUP,     /* from or to a broadcast or multicast link address */
	COUNT_LOOPBACK,       /* from or to a loopback address, on a link other than lo */
	COUNT_OWN_SOURCE,     /* from an address and port from which synackd sends */
	COUNT_DROPPED_BY_RULE,
	COUNT_FAST_OPEN,        /* SYNs whose data was accepted */
	COUNT_COOKIES,          /* valid SYN cookies received */
	COUNT_REASSEMBLED,      /* packets reassembled from fragments */
	COUNT_ICMP_ERRORS,      /* about segments of our connections */
	COUNT_ICMP_STRAY,       /* other ICMP messages, or malformed ones */
	COUNT_ICMP_LIMITED,     /* errors not sent: rate limit of RFC 4443 2.4 (f) */
	COUNT_OVERLAPS,         /* packets with fragments that overlap or contradict each other */
	COUNT_HALF_OPEN_FULL,   /* SYNs beyond half_open_max or the endpoint's backlog */
	COUNT_CONNECTIONS_FULL, /* connections beyond connections_max */
	COUNT_TIME_WAIT_FULL,   /* connections in TIME-WAIT deleted, as time_wait_max was reached */
	COUNT_PATHS_FULL,       /* SYNs, and path changes, beyond a limit of link/paths.h */
	COUNT_PATH_CHANGES,     /* connections whose client arrived by another router */
	COUNT_DELAYED_FULL,     /* beyond delayed_max: sent, or passed on, at once */
	COUNT_NO_MEMORY,
	COUNT_RELAYS,        /* connections to real servers */
	COUNT_RELAYS_FAILED, /* clients reset because of their server */
	COUNT_RELAYS_FULL,   /* connections to servers that lacked a file descriptor */
	COUNT_REPORTS_TAKEN, /* clients reset, as their report was withdrawn while others waited */
	COUNT_REFUSED,       /* not sent: the address must not be answered */
	COUNT_LOOPS,         /* not sent: limit of engine/loops.h */
	COUNT_OVER_BUDGET,   /* not sent: limit of engine/amplification.h */
	COUNT_STEP_LIMIT,    /* operations beyond OUTCOME_OPS_MAX, and chains of rules cut */
	COUNT_RULES_CUT,     /* segments of rules beyond PLAN_ADDED_MAX */
	/* Delayed segments discarded, because they were acknowledged meanwhile. */
	COUNT_OUTDATED,
	COUNT_COUNT
};

const char *responder_counter_name(enum responder_counter c); /* e.g. "segments-in" */

/* The secret keys of a responder, 128 bits each. */
struct responder_keys {
	struct tcp_keys tcp;
	struct siphash_key flows; /* hash tables of connections and held segments */
	struct siphash_key notes; /* all other hash tables */
};

/* Draws the keys of `count` live responders from getrandom(2). Each has its own, except that the
 * key of Fast Open is shared, as a client may return its cookie to any of them. Returns false and
 * sets errno if there is no entropy; the responders must then not run. */
bool responder_keys_draw(struct responder_keys *out, unsigned count);
/* Derives the keys from a seed. They are not secret: replay and tests use them to send the same
 * octets for the same seed. */
void responder_keys_of_seed(uint64_t seed, struct responder_keys *out);

/* The limits of a responder. */
struct responder_limits {
	uint32_t half_open_max;
	uint32_t connections_max;
	uint32_t time_wait_max; /* records of TIME-WAIT: engine/time_waits.h */
	uint32_t delayed_max;   /* deferred segments and actions: engine/deferred.h */
	size_t trace_size;      /* unit: octets */
	size_t reflection_rate; /* octets per second: engine/amplification.h */
	struct loop_limits loops;
};

/* Returns a responder without connections, with its clock at `now`. `seed` seeds the random
 * numbers, independently of the keys. Copies limits and keys. It must have a link and endpoints
 * before its first frame. Aborts without memory. */
struct responder *responder_new(const struct responder_limits *limits, uint64_t seed,
				const struct responder_keys *keys, nstime now);
/* Frees a responder; r may be NULL. Does not use its links, which may have been closed before. */
void responder_free(struct responder *r);

/* As responder_new() and responder_free(), for a struct responder that the caller allocates
 * (engine/engine.h). */
void responder_init(struct responder *r, const struct responder_limits *limits, uint64_t seed,
		    const struct responder_keys *keys, nstime now);
void responder_release(struct responder *r);

/* Deletes all connections silently and stops all timers, at the end of a test or run. */
void responder_clear(struct responder *r);

/* --- configuration before the first frame ----------------------------------------------------- */

/* Sets the number of this worker, from 0, and the number of workers, which share the space of ids.
 * Default: the only worker. */
void responder_set_number(struct responder *r, unsigned number, unsigned of);
/* Enables or disables the check of checksums. Default: packets with a wrong checksum are
 * discarded. */
void responder_set_verify(struct responder *r, bool verify);
/* Set the providers for the services relay and report; copied. Without a provider, relays reset the
 * client, and reports answer 503. */
void responder_set_relays(struct responder *r, const struct relay_provider *provider);
void responder_set_reports(struct responder *r, const struct report_provider *provider);
/* Sets the clock, possibly back: to the time of the first frame of a capture. */
void responder_start_at(struct responder *r, nstime when);

/* --- links ------------------------------------------------------------------------------------ */

/* Adds a link and sets its index. The caller keeps ownership, and adds at most LINKS_MAX. */
void responder_add_link(struct responder *r, struct link *l);
/* Replaces a link. Its connections then use `l`. */
void responder_replace_link(struct responder *r, struct link *before, struct link *l);
unsigned responder_links(const struct responder *r);
struct link *responder_link(const struct responder *r, unsigned index);
void responder_flush(struct responder *r); /* sends the packets that the links have queued */

/* --- configuration in use: takes effect at the time of the clock ------------------------------ */

/* Replaces the endpoints. Open connections keep their rules. Counts of endpoints whose behaviour
 * changed are removed. The update must have been prepared for the present endpoints. The work grows
 * with the number of changed endpoints, not with that of all. */
void responder_update(struct responder *r, const struct endpoint_update *u);
/* Prepares the update, and replaces the endpoints; takes ownership of the reference. */
void responder_use(struct responder *r, struct endpoint_index *e);
/* Replaces the limits. Existing connections and segments beyond them remain. Does not resize the
 * trace: trace_move() does; `trace_size` is only the value that responder_limits() returns. */
void responder_use_limits(struct responder *r, const struct responder_limits *limits);
/* Replaces the overrides for the next attempts of some clients: see attempts_use(). */
void responder_use_overrides(struct responder *r, const struct attempt_override *list,
			     unsigned count);

/* --- queries ---------------------------------------------------------------------------------- */

nstime responder_now(const struct responder *r); /* time of the clock */
unsigned responder_number(const struct responder *r);
const struct responder_limits *responder_limits(const struct responder *r);
struct trace *responder_trace(struct responder *r);

/* Returns true if the id is that of an attempt that is still known and has no connection. */
bool responder_has_attempt(const struct responder *r, uint64_t id);

/* Increments a counter, for relays and reports, which run outside the responder. */
void responder_count(struct responder *r, enum responder_counter c);

/* The counters of a responder. It owns the arrays, and continues to count in them. */
struct responder_counts {
	/* Current. `time_wait`: the small records of TIME-WAIT; `connections`: all others that are
	 * not half open. */
	uint32_t half_open, connections, time_wait;
	const uint64_t *counter; /* COUNT_COUNT values */
	const uint64_t *packets; /* WIRE_RESULT_COUNT values, by result of the decoder */
};

struct responder_counts responder_counts(const struct responder *r);

/* Returns the number of the worker that assigned the id of a connection. */
static inline unsigned responder_of(uint64_t id, unsigned workers)
{
	return (unsigned)((id - 1) % workers);
}

#endif
