/* SPDX-License-Identifier: MIT */
/* report_query: the query string of a client's request for a report. */
#ifndef SYNACKD_SERVICE_REPORT_QUERY_H
#define SYNACKD_SERVICE_REPORT_QUERY_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

#define REPORT_NAME_MAX 128 /* maximum size of a name, with the NUL */

/* The connections of the client to report on. A zeroed struct selects all of them. */
struct report_query {
	uint16_t port;                  /* port of the client; 0: all */
	bool has_since;                 /* only connections that began at most `since` ago */
	nstime since;                   /* unit: nanoseconds */
	char endpoint[REPORT_NAME_MAX]; /* "": all */
	char profile[REPORT_NAME_MAX];  /* the known profile of the client; "": none */
};

/* Parses a percent-encoded query such as `port=40000&since=30`; NULL is the empty query. Returns
 * false if it is invalid; *error is then a message in static memory. */
bool report_query_parse(const char *text, struct report_query *out, const char **error);

#endif
