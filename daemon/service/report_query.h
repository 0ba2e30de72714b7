/* SPDX-License-Identifier: MIT */
/* Which report a client asks for: the words behind the `?` of its request. */
#ifndef SYNACKD_SERVICE_REPORT_QUERY_H
#define SYNACKD_SERVICE_REPORT_QUERY_H

#include "base/clock.h"

#include <stdbool.h>
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
 * the client come percent-encoded. Returns false if one is invalid: *error is one sentence then, in
 * static text. */
bool report_query_parse(const char *text, struct report_query *out, const char **error);

#endif
