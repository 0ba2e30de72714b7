/* SPDX-License-Identifier: MIT */
/*
 * The workers of a daemon, asked as one. Each has every interface open and shares nothing with the
 * others; the kernel gives all segments of one client to one of them (link/steer.h). Only the first
 * has TUN devices.
 */
#ifndef SYNACKD_WORKER_WORKERS_H
#define SYNACKD_WORKER_WORKERS_H

#include "worker/worker.h"

#include "engine/responder.h"

struct workers;

/* How many workers a config asks for: WORKERS_MAX at most; 0 asks for as many as this process may
 * use CPUs. */
unsigned workers_wanted(unsigned configured);
/* The seed decides chance; keys are drawn. NULL, with errno set, if no keys can be drawn. */
struct workers *workers_new(unsigned count, const struct responder_limits *limits, uint64_t seed);
unsigned workers_count(const struct workers *all);

/* Open an interface for all of them, or for none; also while they run. False: *error, owned by the
 * caller, is one sentence. */
bool workers_add_interface(struct workers *all, const char *name, char **error);
bool workers_has_interface(const struct workers *all, const char *name);

/* worker_set_tun() and worker_settle_tuns() of the one that has them. */
bool workers_set_tun(struct workers *all, const struct tun_setup *setup, char **error);
void workers_settle_tuns(struct workers *all, enum tun_fate (*fate)(const char *name, void *arg),
			 void *arg);

/* worker_report_to() of each. */
void workers_report_to(struct workers *all, struct report_queue *q);

bool workers_start(struct workers *all);
/* Ends the threads and frees everything; NULL is fine. */
void workers_free(struct workers *all);

/* worker_pulse() of all: a beat is one of each, connections are summed, and links are counted once.
 * Never waits. */
void workers_pulse(struct workers *all, struct pulse *last);

/* worker_call() of each, one after the other in the order of their numbers (responder_number()). */
void workers_call(struct workers *all, void (*work)(struct responder *r, void *arg), void *arg);
/* Reset every connection of the endpoint with this number. Returns how many there were. */
size_t workers_abort_endpoint(struct workers *all, uint32_t endpoint);
/* worker_call() of the one whose connection has this id, if there is such a connection. */
void workers_call_owner(struct workers *all, uint64_t id,
			void (*work)(struct responder *r, void *arg), void *arg);

#endif
