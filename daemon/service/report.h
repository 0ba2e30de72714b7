/* SPDX-License-Identifier: MIT */
/*
 * report: interface to the judge's report about a client, which the client requests by HTTP.
 *
 * The user of the responder provides the implementation: worker/report_queue.c in a live daemon, a
 * text in tests. In replay there is none, and the answer is 503.
 */
#ifndef SYNACKD_SERVICE_REPORT_H
#define SYNACKD_SERVICE_REPORT_H

#include "service/report_query.h"
#include "tcp/flow.h"

#include <stdbool.h>
#include <stddef.h>

struct report; /* a requested report */

/* These functions never call back: a finished report is announced later, by responder_wake(). */
struct report_ops {
	/* Requests a report about the client of this flow only. Returns NULL if too many are in
	 * progress. */
	struct report *(*ask)(void *context, const struct report_query *q, const struct flow *f);
	/* Returns the answer in JSON, valid until let_go(); NULL while it is not ready. *good: it
	 * is the report; otherwise it is a message about an invalid query. */
	const char *(*text)(const struct report *report, size_t *len, bool *good);
	/* Returns true if the provider withdrew the report before all of it was sent: the
	 * connection must be reset. */
	bool (*taken)(const struct report *report);
	void (*let_go)(struct report *report); /* frees *report, ready or not */
};

/* The provider of reports; if `ops` is NULL there is none. */
struct report_provider {
	const struct report_ops *ops;
	void *context;
};

#endif
