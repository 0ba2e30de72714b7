/* SPDX-License-Identifier: MIT */
/* engine: struct responder, for the files of engine/ and for tests. Other layers use
 * responder.h. */
#ifndef SYNACKD_ENGINE_ENGINE_H
#define SYNACKD_ENGINE_ENGINE_H

#include "base/pool.h"
#include "base/timer_tree.h"
#include "behaviour/apply.h"
#include "behaviour/memory.h"
#include "engine/amplification.h"
#include "engine/attempt.h"
#include "engine/attempt_ids.h"
#include "engine/loops.h"
#include "engine/responder.h"
#include "link/paths.h"
#include "tcp/flow_table.h"
#include "wire/packet_decode.h"
#include "wire/reassembly.h"

struct session;
struct tcp_time_wait;

/* Connections of an endpoint that are not open yet. */
struct load {
	uint32_t halves, fast_open;
};

#define YIELDED_MAX 256

/* A connection in TIME-WAIT that a SYN has replaced, and the id of the half-open connection of that
 * SYN: see flow_yield(). */
struct yielded {
	uint64_t half;
	struct flow *before;
};

/* A token bucket for ICMP errors. */
struct problem_bucket {
	nstime spent; /* when all tokens are available again */
};

struct responder {
	struct flow_table table;
	struct timer_tree flow_timers;      /* deadlines of half-open records and sessions */
	struct timer_tree time_wait_timers; /* ends of the records of TIME-WAIT */
	/* Held and delayed segments, delayed operations, rules that wait. */
	struct timer_tree deferred_timers;
	uint32_t deferred; /* number of these; at most limits.delayed_max */
	struct reassembly reassembly;
	struct problem_bucket problems;
	struct memory memory; /* counts of rules */
	struct memory notes;  /* values that rules remember */
	struct rng rng;
	struct responder_keys keys;
	struct trace trace;
	struct paths paths;
	struct endpoint_index *endpoints; /* reference-counted; responder_use() replaces it */
	/* Accounts of clients that have not proved their address. */
	struct amplification amplification;
	struct loops loops; /* peers that may answer us as a server does */
	/* attempts with rules of their own */
	struct attempts attempts;
	struct attempt_ids attempt_ids;
	struct link *link[LINKS_MAX]; /* not owned; the index is link->index */
	unsigned links;
	bool verify; /* discard packets with a wrong checksum */
	struct responder_limits limits;
	uint32_t halves, conns;
	uint32_t time_waits;            /* number of struct tcp_time_wait */
	struct pool half_pool[2];       /* of struct tcp_half, indexed by flow->v4 */
	struct pool time_wait_pool[2];  /* of struct tcp_time_wait */
	struct session *scratch;        /* the session of an expanded record, see time_waits.h */
	struct tcp_time_wait *expanded; /* that record; NULL: none */
	struct yielded yielded[YIELDED_MAX];
	unsigned yields;
	struct load *load; /* indexed by the number of the endpoint */
	uint32_t loads;
	struct hash_table held;       /* of struct held, in deferred.h */
	struct relay_provider relay;  /* `ops` NULL: none */
	struct report_provider judge; /* `ops` NULL: none */
	unsigned number, of;          /* number of this worker, from 0; number of workers */
	uint64_t ids;                 /* number of ids assigned to connections and attempts */
	nstime now;                   /* time of the current event */
	nstime lag;                   /* time between the arrival of the current frame and `now` */
	uint64_t counter[COUNT_COUNT];
	uint64_t wire[WIRE_RESULT_COUNT]; /* packets by result of the decoder */
	struct plan plan;                 /* reused by each turn */
	uint8_t buffer[LINK_ROOM];        /* for encoding packets */
};

#endif
