/* SPDX-License-Identifier: MIT */
/*
 * report_queue: reports for the clients of endpoints with the service `report`.
 *
 * A worker copies the client's records from its trace in one pass over the ring, in steps, so that
 * a client that requests a report does not delay others. The main thread takes the copies of all
 * workers from a queue in order, has each report made, and returns it to its worker.
 *
 * Clients that read slowly must not block others. Each client has a share of the worker's
 * places. When all places are in use, the report that has been ready longest, of a client with
 * the most places, is revoked; it must have been ready for REPORT_PATIENCE. A client whose share
 * is in use gets a place from its own reports in the same way.
 */
#ifndef SYNACKD_WORKER_REPORT_QUEUE_H
#define SYNACKD_WORKER_REPORT_QUEUE_H

#include "engine/responder.h"

#include <event2/event.h>

#define REPORTS_MAX      64 /* places of one worker; a report occupies one until it is sent */
#define REPORTS_A_CLIENT 4  /* share of a client; all IPv6 addresses of a /64 are one client */
#define REPORT_PATIENCE  (10 * NS_PER_S) /* until it may be revoked */
#define REPORT_TRACE_MAX (1024 * 1024)   /* octets of a client's trace; older records are omitted */

/* A report to be made. */
struct report_job {
	struct report_query query;
	struct addr client;
	struct trace trace; /* of the client, up to `now` */
	nstime now;
	/* Results, zero before: */
	char *text; /* the report or an error, as JSON, from malloc(3); NULL: no memory */
	size_t len; /* in octets */
	bool good;  /* `text` is the report, not an error in the query */
};

/* Starts making a report, in the main thread. It must call report_made(), then or later. The
 * queue owns the trace. */
typedef void report_maker(void *context, struct report_job *job);

/* Returns a report to its worker, from the main thread. The maker must not use *job afterwards. */
void report_made(struct report_job *job);

/* Reports to be made, of all workers. */
struct report_queue;

/* Calls make(context, job) in the thread of `base`, for one report per turn of the event loop.
 * Aborts if there is no memory or descriptor. */
struct report_queue *report_queue_open(struct event_base *base, report_maker *make, void *context);
void report_queue_close(struct report_queue *q); /* no worker may have places; `q` may be NULL */

/* The places of one worker. */
struct report_places;

/* Provides reports to the responder. Calls event(worker) before reports that are ready change the
 * responder, so that its clock advances. All arguments must remain valid until
 * report_places_free(). */
struct report_places *report_places_new(struct event_base *base, struct responder *r,
					void (*event)(void *worker), void *worker,
					struct report_queue *q);
/* Call it from the main thread, when the responder has no connections. `all` may be NULL. */
void report_places_free(struct report_places *all);

#endif
