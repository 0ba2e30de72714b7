/* SPDX-License-Identifier: MIT */
/* The state of a responder, which the files of engine/ share. Other rooms ask by the functions of
 * responder.h; the tests may look in here, too. */
#ifndef SYNACKD_ENGINE_ENGINE_H
#define SYNACKD_ENGINE_ENGINE_H

#include "base/wheel.h"
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
struct held_table;

/* What an endpoint holds of connections that are not open yet. */
struct load {
	uint32_t halves, fast_open;
};

#define YIELDED_MAX 256

/* A connection in TIME-WAIT that gave way to a SYN, and the id of the half-open one that is to
 * follow it: session_yield(). */
struct yielded {
	uint64_t half;
	struct session *session;
};

/* A token bucket for ICMP errors. */
struct problem_bucket {
	nstime spent; /* when all tokens are back */
};

struct responder {
	struct flow_table table;
	struct wheel flow_timers;     /* the machines' */
	struct wheel deferred_timers; /* what is held, delayed, or a rule waits for, */
	uint32_t deferred;            /* and how many there are: limits.delayed_max at most */
	struct reassembly reassembly;
	struct problem_bucket problems;
	struct memory memory; /* counts of rules, */
	struct memory notes;  /* and what they remember */
	struct rng rng;
	struct responder_keys keys;
	struct trace trace;
	struct paths paths;
	struct endpoint_index *endpoints;   /* counted; swapped by responder_use */
	struct amplification amplification; /* of clients that have not proved their address */
	struct loops loops;                 /* of peers that answer us as we answer them */
	struct attempts attempts;           /* what some attempts meet instead of them */
	struct attempt_ids attempt_ids;
	struct link *link[LINKS_MAX]; /* not owned; link->index is its place here */
	unsigned links;
	bool verify; /* checksums of what comes in */
	struct responder_limits limits;
	uint32_t halves, conns;
	struct yielded yielded[YIELDED_MAX];
	unsigned yields;
	struct load *load; /* by the endpoint's number */
	uint32_t loads;
	struct held_table *held;
	struct relay_provider relay;  /* without `ops`: there is none */
	struct report_provider judge; /* likewise */
	unsigned number, of;          /* which of how many workers, from 0 on */
	uint64_t ids;                 /* of connections and attempts, that it has given */
	nstime now;                   /* of the event that is being worked on */
	uint64_t counter[COUNT_COUNT];
	uint64_t wire[WIRE_RESULT_COUNT]; /* packets by what the decoder made of them */
	struct plan plan;                 /* reused */
	uint8_t buffer[65536];            /* where packets are encoded */
};

#endif
