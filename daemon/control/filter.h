/* SPDX-License-Identifier: MIT */
/* Which connections and attempts a request is about: its parameters `endpoint` and `client`, which
 * may both be missing. */
#ifndef SYNACKD_CONTROL_FILTER_H
#define SYNACKD_CONTROL_FILTER_H

#include "control/reply.h"
#include "runtime/live_state.h"
#include "tcp/flow.h"
#include "trace/trace.h"

/* Zeroed takes nothing; filter_read() fills it in. It points to nothing. */
struct filter {
	char endpoint[TRACE_SNAP]; /* its name; "": any endpoint */
	bool has_place;            /* the endpoint exists: it answers at the next three */
	struct prefix address;
	uint16_t port_from, port_to; /* both inclusive, in host byte order */
	bool any_client;
	struct prefix client;
};

/* Parameters for params_are(). */
#define FILTER_KEYS "endpoint?", "client?"

/* Read both parameters. An endpoint may be unknown, as its connections and its trace outlive it:
 * see filter_explains(). Returns false if `client` is no address and no prefix; the reply has the
 * error. */
bool filter_read(struct daemon *d, const json_t *params, struct filter *out,
		 struct control_reply *reply);

/* Does the request restrict anything? */
bool filter_restricts(const struct filter *f);

/* Does it take a connection or an attempt between these ends? `endpoint` is the name of the
 * endpoint that it was made to; NULL: not known, and the place of the server decides. */
bool filter_takes(const struct filter *f, const char *endpoint, const struct flow_key *key);

/* Asked when the filter takes nothing: returns true if no endpoint has that name, and the reply has
 * the error then, perhaps with a suggestion. */
bool filter_explains(const struct filter *f, struct daemon *d, const json_t *params,
		     struct control_reply *reply);

#endif
