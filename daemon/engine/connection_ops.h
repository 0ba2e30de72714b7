/* SPDX-License-Identifier: MIT */
/* connection_ops: queries and operations of an operator on connections. */
#ifndef SYNACKD_ENGINE_CONNECTION_OPS_H
#define SYNACKD_ENGINE_CONNECTION_OPS_H

#include "behaviour/rule.h"
#include "tcp/flow.h"
#include "tcp/state.h"

struct responder;

/* A connection, as an operator sees it. */
struct connection_info {
	uint64_t id;
	enum tcp_state state;
	struct flow_key key;
	const char *behaviour; /* valid until the next event */
	const char *endpoint;  /* valid until the next event; NULL: it has no name */
	uint64_t octets_in, octets_out;
	nstime since;        /* time of the SYN */
	nstime silent_until; /* until then a rule silences it; 0: not silent */
	uint16_t silent_by;  /* behaviour of that rule, trace/label.h */
};

/* Calls `each` for every connection, in no particular order, until it returns false. */
void responder_connections(struct responder *r,
			   bool (*each)(const struct connection_info *info, void *arg), void *arg);

/* Executes an operation on one connection. Returns false if no connection has this id. */
bool responder_machine(struct responder *r, uint64_t id, enum machine_op op);

/* Resets every connection of the endpoint with this number. Returns the number of connections. */
size_t responder_abort_endpoint(struct responder *r, uint32_t endpoint);

#endif
