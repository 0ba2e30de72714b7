/* SPDX-License-Identifier: MIT */
/* What the main thread keeps: the config, what was changed live, links, guards, and the workers.
 */
#ifndef SYNACKD_RUNTIME_DAEMON_H
#define SYNACKD_RUNTIME_DAEMON_H

#include "cmdline.h"
#include "config/config.h"
#include "link/guard_table.h"
#include "runtime/placement.h"
#include "worker/report_queue.h"
#include "worker/workers.h"

struct event_base;
struct feed;         /* control/follow.h */
struct notify;       /* systemd/notify.h */
struct pending_next; /* what the next attempts of a client meet */
struct unbounded;    /* a client without bounds, for as long as it was asked for */
struct probes;       /* probes.h */
struct expiry;       /* when an endpoint that was added is to go */

/* An endpoint as it runs: the config's, and what was changed since. */
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
	unsigned guards;
	struct guard **guard; /* of each port */
};

struct daemon {
	const struct cmdline *options;
	struct config *config;
	unsigned lives; /* those of the config, removed ones too, in its order; then added ones */
	struct live_endpoint *live;
	struct event_base *base; /* not owned */
	unsigned nexts;
	struct pending_next *next;   /* pending ones, the oldest first */
	struct unbounded *unbounded; /* NULL: none */
	uint64_t last_next;
	struct feed *feed;            /* NULL until somebody follows */
	struct notify *notify;        /* NULL until the worker runs */
	struct report_queue *reports; /* that clients asked for */
	struct workers *workers;
	struct guard_table guards;
	struct probes *probes;
	uint64_t seed;
	uint32_t last_number;
	unsigned few_relays; /* the limit of descriptors when their lack was said; 0: never */
	nstime started;      /* monotonic */
};

/* Take the config over, open links and guards. Returns EXIT_SUCCESS, or the exit code when nothing
 * can be listened to; that was explained then. */
int daemon_open(struct daemon *d, struct config *config, const struct cmdline *options,
		struct event_base *base, report_maker *make_report);
void daemon_close(struct daemon *d);

/* By name or place; one that was removed is not there. */
struct live_endpoint *daemon_find(struct daemon *d, const char *endpoint);
/* What an endpoint does now, as written. */
const char *daemon_behaviour(const struct daemon *d, const struct live_endpoint *l);

/* Give an endpoint another behaviour. False: what is wrong with the text is in `diag`. */
bool daemon_set(struct daemon *d, struct live_endpoint *l, const char *behaviour,
		struct diag *diag);
/* Undo whatever was changed live; true if there was something to undo. One that was added is gone
 * then. One that was removed may return: live_endpoint_may_return(). */
bool daemon_reset(struct daemon *d, struct live_endpoint *l);

/* Read the config again: all or nothing. False: errors are in `diag`, and the old one goes on. */
bool daemon_reload(struct daemon *d, struct diag *diag);

#endif
