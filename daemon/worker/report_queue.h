/* SPDX-License-Identifier: MIT */
/*
 * Reports for the clients of endpoints whose service is `report`. The worker copies what its trace
 * has of the client, which is one pass over the ring (15 ns a record, 2.5 ms for 16 MiB of the
 * shortest); the main thread takes one copy after the other from the queue of all workers, has
 * the report made, and gives it back. Clients that read slowly do not keep
 * others from theirs: each has a share of the worker's places, and when all are taken, the report
 * that has been ready for longest, of a client with the most of them, is taken back after
 * REPORT_PATIENCE. A client whose share is taken gets a place back from its own reports in the same
 * way.
 */
#ifndef SYNACKD_WORKER_REPORT_QUEUE_H
#define SYNACKD_WORKER_REPORT_QUEUE_H

#include "engine/responder.h"

#include <event2/event.h>

#define REPORTS_MAX      64              /* places of one worker, each until its report is sent */
#define REPORTS_A_CLIENT 4               /* of those; IPv6 addresses of one /64 are one client */
#define REPORT_PATIENCE  (10 * NS_PER_S) /* to read one whose place is wanted */
#define REPORT_TRACE_MAX (1024 * 1024)   /* octets of a client's trace; older ones are left out */

/* A report to be made. */
struct report_job {
	struct report_query query;
	struct addr client;
	struct trace trace; /* of the client, up to */
	nstime now;
	/* What the maker fills in; all zero before: */
	char *text; /* the answer, JSON, by malloc; NULL: there was no memory */
	size_t len; /* octets of it */
	bool good;  /* it is the report, and not the error in the query */
};

/* Begins to make a report, in the main thread; report_made() ends it, then or later. The trace is
 * still the queue's. */
typedef void report_maker(void *context, struct report_job *job);

/* In the main thread: the report goes back to its worker, and is not the maker's any more. */
void report_made(struct report_job *job);

/* Reports to be made, of all workers. */
struct report_queue;

/* make(context, ...) is called in the thread of `base`, for one a turn. Aborts without memory
 * or a descriptor. */
struct report_queue *report_queue_open(struct event_base *base, report_maker *make, void *context);
void report_queue_close(struct report_queue *q); /* no worker has places any more; NULL is fine */

/* The places for reports of one worker. */
struct report_places;

/* Provide reports to the responder. `now` tells the time when one is ready. All of them outlive the
 * places. */
struct report_places *report_places_new(struct event_base *base, struct responder *r,
					nstime (*now)(void), struct report_queue *q);
/* The responder has no connections any more, and this is the main thread. NULL is fine. */
void report_places_free(struct report_places *all);

#endif
