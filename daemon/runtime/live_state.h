/* SPDX-License-Identifier: MIT */
/* The state of a live run, in the hands of the main thread alone: the config, the endpoints as they
 * run, guards, and the workers. Each file of runtime/ works on it and says which part. */
#ifndef SYNACKD_RUNTIME_LIVE_STATE_H
#define SYNACKD_RUNTIME_LIVE_STATE_H

#include "config/config.h"
#include "config/config_values.h"
#include "link/guard_table.h"
#include "worker/report_queue.h"
#include "worker/workers.h"

#include <net/if.h>

struct address_watch; /* addresses.h */
struct event_base;
struct expiry;       /* live_endpoint.c */
struct pending_next; /* pending_next.h */
struct probes;       /* probes.c */

/* Where an endpoint's address is: with the kernel, or beside it, on a network of one of the
 * interfaces, where synackd answers for it. */
struct placement {
	bool owned;                  /* by the kernel */
	bool loopback;               /* likewise, and only clients on this host reach it, by lo */
	char interface[IF_NAMESIZE]; /* not owned: where to answer for it, maybe a tun; else "" */
};

/* An endpoint as it runs: the config's, and the changes since. */
struct live_endpoint {
	char *name;
	const struct endpoint_config *config; /* of the config, or `added` */
	struct endpoint_config *added;        /* owned; NULL: it is of the config */
	bool removed;                         /* of the config, and taken away since */
	struct expiry *expiry;                /* NULL: it stays */
	uint32_t number;        /* the same for the same name as long as the daemon runs */
	struct ruleset *rules;  /* counted */
	struct placement place; /* of its address */
	char *problem;          /* why it does not answer; NULL: it does, unless: */
	bool probing;           /* its address is being asked for, and not used yet */
	bool taken;             /* `problem` is that another station has its address */
	bool gone;              /* `problem` is that this host lost its address (addresses.c) */
	unsigned guards;
	struct guard **guard; /* of each port */
};

/* A client to which no bound applies (unbounded.h). */
struct unbounded {
	struct addr client;
	struct daemon *daemon;
	struct unbounded *next;
};

/* What a live run is started with, besides the config. */
struct daemon_setup {
	const char *config;  /* the file, which a reload reads again */
	const char *shipped; /* config_load() */
	bool has_seed;
	uint64_t seed;                             /* in place of the config's */
	bool has_log_level, has_user, has_control; /* likewise, by the caller */
	unsigned interfaces;                       /* in place of the config's; 0: the config's */
	const char **interface;
	report_maker *make_report;
	void *report_context; /* the argument of it */
};

struct daemon {
	const struct daemon_setup *setup; /* not owned */
	struct config *config;
	struct config_values at_start; /* of the config that it was started with */
	unsigned lives; /* those of the config, removed ones too, in its order; then added ones */
	struct live_endpoint *live;
	struct event_base *base; /* not owned */
	unsigned nexts;
	struct pending_next *next;   /* pending ones, the oldest first */
	struct unbounded *unbounded; /* NULL: none */
	uint64_t last_next;
	struct report_queue *reports; /* that clients asked for */
	struct workers *workers;
	struct endpoint_index *endpoints; /* counted: those that the workers have; publish() */
	struct guard_table guards;
	struct probes *probes;
	struct address_watch *addresses;
	uint64_t seed;
	uint32_t last_number;
	unsigned few_relays; /* the limit of descriptors when their lack was said; 0: never */
	nstime started;      /* monotonic */
};

#endif
