/* SPDX-License-Identifier: MIT */
/*
 * workers: all workers of a daemon.
 *
 * Each worker has all interfaces open and shares no data with the others; the kernel gives all
 * segments of a client to one worker (link/steer.h). Only the first worker has TUN devices.
 */
#ifndef SYNACKD_WORKER_WORKERS_H
#define SYNACKD_WORKER_WORKERS_H

#include "judge/trace_copy.h"
#include "worker/worker.h"
#include "worker/worker_tuns.h"

#include "engine/responder.h"

struct workers;

/* Returns the number of workers for a configured number: at most WORKERS_MAX; 0 selects the
 * number of CPUs that this process may use. */
unsigned workers_wanted(unsigned configured);
/* Creates the workers. Random numbers depend on `seed`; keys are secret. Returns NULL and sets
 * errno if getrandom(2) fails. */
struct workers *workers_new(unsigned count, const struct responder_limits *limits, uint64_t seed);
unsigned workers_count(const struct workers *all);

/* Opens an interface for all workers, or for none; also while they run. On failure returns false
 * and sets *error to a message, which the caller frees. */
bool workers_add_interface(struct workers *all, const char *name, char **error);
bool workers_has_interface(const struct workers *all, const char *name);

/* worker_set_tun() and worker_settle_tuns() of the first worker. */
bool workers_set_tun(struct workers *all, const struct tun_setup *setup, char **error);
void workers_settle_tuns(struct workers *all, enum tun_fate (*fate)(const char *name, void *arg),
			 void *arg);

/* worker_report_to() of each worker. */
void workers_report_to(struct workers *all, struct report_queue *q);

bool workers_start(struct workers *all);
/* Ends the threads and frees everything; `all` may be NULL. */
void workers_free(struct workers *all);

/* Combines worker_pulse() of all workers: `beats` increases when every worker has updated its
 * numbers, connections are added up, links are counted in the first worker. Never blocks. */
void workers_pulse(struct workers *all, struct pulse *last);

/* worker_longest_pause() of a worker. */
nstime workers_longest_pause(const struct workers *all, unsigned worker);

/* worker_call() of each worker, in the order of responder_number(). */
void workers_call(struct workers *all, void (*work)(struct responder *r, void *arg), void *arg);
/* Resets all connections of these endpoints. Returns their number. */
size_t workers_abort_endpoints(struct workers *all, const uint32_t *number, unsigned count);
/* worker_call() of the worker that has the connection with this id, if it exists. */
void workers_call_owner(struct workers *all, uint64_t id,
			void (*work)(struct responder *r, void *arg), void *arg);
/* Copies a connection from the trace, see trace_copy_begin(): the worker of the id, or, with id 0,
 * the worker with the latest SYN has it. The caller frees it with trace_copy_free(). */
void workers_copy_trace(struct workers *all, uint64_t id, struct trace_copy *out);
/* Copies the newest records of each worker, at most `most` octets, to out[], by the number of the
 * worker. All copies are complete up to the time *until. The caller frees each with trace_free().
 * Returns false if there is no memory. */
bool workers_clone_traces(struct workers *all, size_t most, struct trace *out, nstime *until);

/* Calls part() in each worker, in the order of responder_number(), until it returns false. *cursor
 * is 0 at first. A part should take less than 1 ms: between two parts, the worker processes frames.
 */
void workers_walk(struct workers *all, bool (*part)(struct responder *r, size_t *cursor, void *arg),
		  void *arg);
/* workers_walk() in the worker that has the connection with this id, if it exists. */
void workers_walk_owner(struct workers *all, uint64_t id,
			bool (*part)(struct responder *r, size_t *cursor, void *arg), void *arg);

#endif
