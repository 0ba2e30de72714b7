/* SPDX-License-Identifier: MIT */
/*
 * Reports for the clients of endpoints whose service is `report`. The worker copies what its trace
 * has of the client, which is one pass over the ring (15 ns a record, 2.5 ms for 16 MiB of the
 * shortest); the main thread judges the copy, one report
 * at a time between whatever else it does, and gives it back. Clients that read slowly do not keep
 * others from theirs: each has a share of the places, and when all are taken, the report that has
 * been ready for longest, of a client with the most of them, is taken back after REPORT_PATIENCE.
 * A client whose share is taken gets a place back from its own reports in the same way.
 */
#ifndef SYNACKD_WORKER_REPORT_QUEUE_H
#define SYNACKD_WORKER_REPORT_QUEUE_H

#include "engine/responder.h"
#include "runtime/daemon.h"

#include <event2/event.h>

#define REPORTS_MAX      64              /* of one worker, until they are sent */
#define REPORTS_A_CLIENT 4               /* of those; IPv6 addresses of one /64 are one client */
#define REPORT_PATIENCE  (10 * NS_PER_S) /* to read one whose place is wanted */
#define REPORT_TRACE_MAX (1024 * 1024)   /* octets of a client's trace; older ones are left out */
#define REPORT_TOLD_MAX  2000            /* connections and verdicts of one, likewise */

/* Where the main thread finds what it is to make: one, for all workers. */
struct desk;

/* Reports are made in the thread of d->base, from what `d` is then. */
struct desk *desk_open(struct daemon *d);
void desk_close(struct desk *desk); /* nobody asks any more; NULL is fine */

/* Those of one worker. */
struct reports;

/* Provide reports to the responder. `now` tells the time when one is ready. All of them outlive it.
 */
struct reports *reports_new(struct event_base *base, struct responder *r, nstime (*now)(void),
			    struct desk *desk);
/* The responder has no connections any more, and this is the main thread. NULL is fine. */
void reports_free(struct reports *all);

#endif
