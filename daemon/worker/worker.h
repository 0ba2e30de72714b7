/* SPDX-License-Identifier: MIT */
/*
 * worker: a thread with links, a responder and timers.
 *
 * Workers share no data. The main thread queries and changes a worker by messages.
 */
#ifndef SYNACKD_WORKER_WORKER_H
#define SYNACKD_WORKER_WORKER_H

#include "engine/responder.h"

struct worker;

/* Creates the worker `number`, from 0, of `of` workers. The seed of its random numbers is `seed`
 * + `number`. If there is no memory or descriptor, logs an error and exits with EX_UNAVAILABLE. */
struct worker *worker_new(const struct responder_limits *limits, uint64_t seed,
			  const struct responder_keys *keys, unsigned number, unsigned of);

/* Returns true if the worker can add a link, or replace the link of this name. Otherwise returns
 * false and sets *error to a message, which the caller frees: the limit is LINKS_MAX. */
bool worker_has_room(const struct worker *w, const char *name, char **error);
/* Adds a link, which the worker then owns; also while it runs. worker_has_room() must be true. */
void worker_add_link(struct worker *w, struct link *l);
/* Returns true if the worker receives from this interface. `name` may be an alternative name. */
bool worker_has_interface(const struct worker *w, const char *name);

/* Returns the links of the worker. It must be used in the worker's thread only, except as
 * worker/listening.h permits. */
struct listening;
struct listening *worker_listening(struct worker *w);

/* Lets clients of the worker's connections request reports, which `q` makes. Call it before
 * worker_start(). */
struct report_queue;
void worker_report_to(struct worker *w, struct report_queue *q);

bool worker_start(struct worker *w); /* returns false if no thread can be created */
/* Ends the thread, closes the links, and frees everything. `w` may be NULL. */
void worker_free(struct worker *w);

/* Numbers that a worker updates whenever it wakes up. */
struct pulse {
	uint32_t beats; /* number of updates, modulo 2^32: atomic on machines of 32 bits, too */
	uint32_t links; /* number of open links */
	uint32_t connections;
};

/* Returns the numbers of the last update, then wakes the worker, so that it updates them. Never
 * blocks. */
void worker_pulse(struct worker *w, struct pulse *last);

/* Returns the longest time that the worker took so far between two looks at its links, in ns,
 * rounded down to microseconds. Events of relays and reports count from the first frame, timer or
 * message of the same round on. Safe from any thread. */
nstime worker_longest_pause(const struct worker *w);

/* Runs `work` in the worker's thread, between two events and with its clock set to the present.
 * Returns when it is done. Before worker_start(), runs it at once. */
void worker_call(struct worker *w, void (*work)(struct responder *r, void *arg), void *arg);

#endif
