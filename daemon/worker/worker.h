/* SPDX-License-Identifier: MIT */
/* One thread: links in, responder, links out, timers. It shares nothing: the main thread asks and
 * changes it by messages. */
#ifndef SYNACKD_WORKER_WORKER_H
#define SYNACKD_WORKER_WORKER_H

#include "engine/responder.h"
#include "link/tun.h"

struct worker;

/* A worker with this number, from 0 on, of `of`. Its chance is that of seed + number. Ends the
 * process (EX_UNAVAILABLE) without memory or descriptors, which it logs. */
struct worker *worker_new(const struct responder_limits *limits, uint64_t seed,
			  const struct responder_keys *keys, unsigned number, unsigned of);

/* Can it have one more link, or one in place of a link of this name? False: *error, owned by the
 * caller, is one sentence: there are LINKS_MAX. */
bool worker_has_room(const struct worker *w, const char *name, char **error);
/* Give it a link, which it owns from now on; also while it runs. There is room. */
void worker_add_link(struct worker *w, struct link *l);
/* Does it listen on the interface of this name, which may be an alternative one? */
bool worker_has_interface(const struct worker *w, const char *name);

/* Open a TUN device, or make an open one what `setup` says; also while it runs. False: as above. */
bool worker_set_tun(struct worker *w, const struct tun_setup *setup, char **error);
/* TUN_SHUT: closed now. TUN_TEMPORARY: the kernel removes it when synackd ends. TUN_PERSISTENT: it
 * stays with the host then. */
enum tun_fate { TUN_SHUT, TUN_TEMPORARY, TUN_PERSISTENT };
/* Ask fate(name, arg) of each open device, in the worker's thread, and do it. */
void worker_settle_tuns(struct worker *w, enum tun_fate (*fate)(const char *name, void *arg),
			void *arg);

/* Clients of its connections may ask for reports, which `q` makes. Before it starts. */
struct report_queue;
void worker_report_to(struct worker *w, struct report_queue *q);

bool worker_start(struct worker *w); /* false: no thread could be made */
/* Ends the thread, closes the links and frees everything. NULL is fine. */
void worker_free(struct worker *w);

/* The numbers that a worker writes whenever it is woken. */
struct pulse {
	uint64_t beats; /* how often that was */
	uint32_t links; /* that are open */
	uint32_t connections;
};

/* The numbers as last written; then wake the worker, so that it writes them anew. Never waits. */
void worker_pulse(struct worker *w, struct pulse *last);

/* Run `work` in the worker's thread, between two events and with the clock at what it is then, and
 * return when it is done. Before worker_start it runs at once. */
void worker_call(struct worker *w, void (*work)(struct responder *r, void *arg), void *arg);

#endif
