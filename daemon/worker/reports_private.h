/* SPDX-License-Identifier: MIT */
/* What the worker's side, report_queue.c, and the main thread's, desk.c, hand to each other. */
#ifndef SYNACKD_WORKER_REPORTS_PRIVATE_H
#define SYNACKD_WORKER_REPORTS_PRIVATE_H

#include "worker/report_queue.h"

struct report {
	struct reports *all;
	struct report *next; /* at the desk, or of those that came back */
	struct report_query query;
	struct flow_key key; /* whose it is */
	uint64_t flow;
	struct trace trace; /* of the client, up to */
	nstime now;
	char *text; /* the answer, JSON, by malloc */
	size_t len;
	bool good; /* it is the report, and not what was wrong with the query */
	/* The worker's alone: */
	bool ready;  /* it has come back */
	nstime came; /* when it did */
	bool taken; /* back, for another client, or it found no memory: its connection is to hear */
	bool unwanted; /* the connection is gone, and it is not back yet */
};

/* Worker: to be made. It belongs to the main thread until it comes back. */
void desk_ask(struct desk *desk, struct report *p);
/* Worker: those that are made, one behind the other by `next`. */
struct report *desk_take(struct desk *desk, struct report **made);
/* Main thread, with this worker's thread gone: what is not made yet of `all` is forgotten. */
void desk_forget(struct desk *desk, const struct reports *all);

/* Where those of a worker are when they are made, guarded by the desk, and who is told. */
struct report **reports_made(struct reports *all);
void reports_wake(struct reports *all);

#endif
