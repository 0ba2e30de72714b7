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

/*
 * Walks over all connections consist of parts of less than 1 ms, between which the responder
 * processes segments. *cursor is 0 for the first part. Connections that exist all the time are
 * visited at least once, and twice if the table grew meanwhile.
 */

/* Calls `each` for the connections of the next part, in no particular order. Returns true if
 * another part follows. */
bool responder_connections(struct responder *r, size_t *cursor,
			   void (*each)(const struct connection_info *info, void *arg), void *arg);

/* A set of endpoints, by number. */
struct endpoint_set {
	uint32_t numbers;
	const bool *has; /* `numbers` values */
};

/* Resets the connections of these endpoints in the next part, and adds their number to *aborted.
 * Returns true if another part follows. */
bool responder_abort_endpoints(struct responder *r, const struct endpoint_set *endpoints,
			       size_t *cursor, size_t *aborted);

/* Describes one connection. Returns false if it does not exist. */
bool responder_connection(struct responder *r, const struct flow_key *key, uint64_t id,
			  struct connection_info *out);

/* Executes an operation on one connection. Returns false if it does not exist. */
bool responder_machine(struct responder *r, const struct flow_key *key, uint64_t id,
		       enum machine_op op);

#endif
