/* SPDX-License-Identifier: MIT */
/* filter: selects connections and attempts by the parameters `endpoint` and `client` of a request,
 * both optional. */
#ifndef SYNACKD_CONTROL_FILTER_H
#define SYNACKD_CONTROL_FILTER_H

#include "control/reply.h"
#include "runtime/live_state.h"
#include "tcp/flow.h"
#include "trace/trace.h"

/* filter_read() sets it. A zeroed filter matches nothing. It contains no pointers. */
struct filter {
	char endpoint[TRACE_SNAP]; /* name; "": all endpoints */
	bool has_place;            /* the endpoint exists, at `address` and its ports */
	struct prefix address;
	uint16_t port_from, port_to; /* both inclusive, in host byte order */
	bool any_client;
	struct prefix client;
};

/* The parameters, for params_are(). */
#define FILTER_KEYS "endpoint?", "client?"

/* Reads both parameters. An unknown endpoint is permitted, as its connections and its trace may
 * still exist; see filter_explains(). Returns false, with the error in `reply`, if `client` is
 * neither an address nor a prefix. */
bool filter_read(struct daemon *d, const json_t *params, struct filter *out,
		 struct control_reply *reply);

/* Returns true if the request has one of the parameters. */
bool filter_restricts(const struct filter *f);

/* Returns true if the filter matches a connection or attempt between the ends `key`. `endpoint` is
 * the name of its endpoint; if it is NULL, the address and port of the server decide. */
bool filter_takes(const struct filter *f, const char *endpoint, const struct flow_key *key);

/* Call if the filter matched nothing. Returns true if the endpoint is unknown; `reply` then has the
 * error, with a suggestion if there is a similar name. */
bool filter_explains(const struct filter *f, struct daemon *d, const json_t *params,
		     struct control_reply *reply);

#endif
