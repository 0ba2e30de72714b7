/* SPDX-License-Identifier: MIT */
/* What an operator asks and does of connections while the responder runs. */
#ifndef SYNACKD_ENGINE_CONNECTION_OPS_H
#define SYNACKD_ENGINE_CONNECTION_OPS_H

#include "behaviour/rule.h"
#include "tcp/flow.h"
#include "tcp/state.h"

struct responder;

/* A connection as an operator sees it. */
struct connection_info {
	uint64_t id;
	enum tcp_state state;
	struct flow_key key;
	const char *behaviour; /* valid until the next event */
	const char *endpoint;  /* likewise; NULL: it has no name */
	uint64_t octets_in, octets_out;
	nstime since;        /* of the SYN */
	nstime silent_until; /* by a rule; 0: it is not silent */
	uint16_t silent_by;  /* the behaviour of that rule, trace/label.h */
};

/* Call `each` on every connection, in no order, until it returns false. */
void responder_connections(struct responder *r,
			   bool (*each)(const struct connection_info *info, void *arg), void *arg);

/* What an operator does to one connection. False: there is none with this id. */
bool responder_machine(struct responder *r, uint64_t id, enum machine_op op);

/* Reset every connection of the endpoint with this number. Returns how many there were. */
size_t responder_abort_endpoint(struct responder *r, uint32_t endpoint);

#endif
