/* SPDX-License-Identifier: MIT */
/* live_state: the state of a live run: the config, the endpoints, guards and workers. Only the main
 * thread uses it. Each file of runtime/ handles a part of it. */
#ifndef SYNACKD_RUNTIME_LIVE_STATE_H
#define SYNACKD_RUNTIME_LIVE_STATE_H

#include "config/config.h"
#include "config/config_values.h"
#include "link/guard_table.h"
#include "worker/report_queue.h"
#include "worker/workers.h"

#include <net/if.h>

struct address_watch; /* addresses.h */
struct broadcasts;
struct event_base;
struct expiry;       /* live_endpoint.c */
struct pending_next; /* pending_next.h */
struct probes;       /* probes.c */

/* The place of an endpoint's address: owned by the kernel, or virtual, in the network of an
 * interface on which synackd answers for it. */
struct placement {
	bool owned;                  /* by the kernel of this host */
	bool loopback;               /* owned, and only clients on this host answering it, by lo */
	char interface[IF_NAMESIZE]; /* interface on which to answer for a virtual address, or a
					tun; else "" */
};

/* An endpoint of a live run, with the changes since the config was read. */
struct live_endpoint {
	char *name;
	const struct endpoint_config *config; /* points into the config, or equals `added` */
	struct endpoint_config *added;        /* owned; NULL: the endpoint is from the config */
	bool removed;                         /* an endpoint of the config that was removed live */
	struct expiry *expiry;                /* NULL: it does not expire */
	struct endpoint_number *number;       /* counted; the same for a name while it exists */
	struct ruleset *rules;                /* counted reference */
	struct placement place;
	char *problem; /* why it does not answer; NULL: it answers, unless `probing` */
	bool probing;  /* its address is being probed and not used yet */
	bool taken;    /* `problem` is that another station has the address */
	bool gone;     /* `problem` is that this host lost its address (addresses.c) */
	unsigned guards;
	struct guard **guard; /* one for each port */
};

/* A client to which no bound applies (unbounded.h). */
struct unbounded {
	struct addr client;
	struct daemon *daemon;
	struct unbounded *next;
};

/* The parameters of a live run besides the config. */
struct daemon_setup {
	const char *config;  /* path of the main file, for a reload */
	const char *shipped; /* see config_load() */
	bool has_seed;
	uint64_t seed;                             /* overrides the config */
	bool has_log_level, has_user, has_control; /* overridden by the caller */
	unsigned interfaces;                       /* override the config; 0: they do not */
	const char **interface;
	report_maker *make_report;
	void *report_context; /* argument of make_report */
};

struct daemon {
	const struct daemon_setup *setup; /* not owned */
	struct config *config;
	struct config_values at_start; /* values of the config at the start */
	unsigned lives; /* endpoints of the config, in its order, even if removed; then added
			   endpoints */
	struct live_endpoint *live;
	struct event_base *base; /* not owned */
	unsigned nexts;
	struct pending_next *next; /* oldest first */
	unsigned nexts_gone;
	struct pending_next *next_gone; /* deleted; the workers may still have them */
	struct unbounded *unbounded;    /* NULL: none */
	uint64_t last_next;
	struct report_queue *reports; /* reports that clients requested */
	struct workers *workers;
	struct endpoint_index *endpoints; /* counted reference: the endpoints that the workers have;
					     see publish() */
	struct answering *answering;      /* counted reference: the addresses that the links have */
	struct guard_table guards;
	/* Broadcast addresses of this host during placement_take_all(); else NULL. */
	const struct broadcasts *broadcasts;
	struct known_needs *needs; /* of rulesets compiled since the last reload */
	struct probes *probes;
	struct address_watch *addresses;
	uint64_t seed;
	struct endpoint_numbers numbers; /* of the endpoints */
	unsigned
		few_relays; /* limit of descriptors at the last warning about relays; 0: none yet */
	nstime started;     /* by monotonic_now() */
};

#endif
