/* SPDX-License-Identifier: MIT */
/*
 * What the judge says of a client, for the client itself: asked for by HTTP, and made by a
 * provider that the responder was given. Live that is worker/report_queue.c beside the worker, in
 * tests a text. In replay there is none, and the answer is 503.
 */
#ifndef SYNACKD_SERVICE_REPORT_H
#define SYNACKD_SERVICE_REPORT_H

#include "service/report_query.h"
#include "tcp/flow.h"

#include <stdbool.h>
#include <stddef.h>

struct report; /* one that was asked for */

/* None of these calls back: that a report is ready is told by responder_wake(), later. */
struct report_ops {
	/* Ask for what was seen so far of the client of this flow, and of no other. NULL: too many
	 * are being made. */
	struct report *(*ask)(void *context, const struct report_query *q, const struct flow *f);
	/* The answer, JSON, valid until the report is let go; NULL as long as it is not ready.
	 * *good: it is the report; else a sentence that says what was wrong with the query. */
	const char *(*text)(const struct report *report, size_t *len, bool *good);
	/* It was taken back before all of it was sent: the connection is to be reset. */
	bool (*taken)(const struct report *report);
	void (*let_go)(struct report *report); /* ready or not; *report is not valid any more */
};

/* The provider of reports; `ops` NULL: there is none. */
struct report_provider {
	const struct report_ops *ops;
	void *context;
};

#endif
