/* SPDX-License-Identifier: MIT */
/*
 * What the judge says of a client, for the client itself: asked for by HTTP, and made by whoever
 * runs the responder. Live that is worker/report_queue.c beside the worker, in tests a text. In
 * replay there is nobody, and the answer is 503.
 */
#ifndef SYNACKD_SERVICE_REPORT_H
#define SYNACKD_SERVICE_REPORT_H

#include "base/clock.h"
#include "tcp/flow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_NAME_MAX 128 /* octets of a name, with the NUL */

/* Which connections a client asks about; its own in any case. Zeroed: all of them. */
struct report_query {
	uint16_t port;                  /* of the client; 0: any */
	bool has_since;                 /* those that began at most */
	nstime since;                   /* so long ago */
	char endpoint[REPORT_NAME_MAX]; /* "": all */
	char profile[REPORT_NAME_MAX];  /* what is known of the client; "": nothing */
};

/* Read what stands behind the `?`, as in `port=40000&since=30` (NULL: nothing does). The words of
 * the client come percent-encoded. False: *error, a constant, is one sentence. */
bool report_query_parse(const char *text, struct report_query *out, const char **error);

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

/* Who makes them; `ops` NULL is nobody. */
struct report_provider {
	const struct report_ops *ops;
	void *context;
};

#endif
