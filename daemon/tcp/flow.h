/* SPDX-License-Identifier: MIT */
/* flow: the fields that all connections share, whatever record keeps the rest of them. */
#ifndef SYNACKD_TCP_FLOW_H
#define SYNACKD_TCP_FLOW_H

#include "base/hash_table.h"
#include "base/timer_tree.h"
#include "tcp/state.h"
#include "wire/addr.h"

#include <endian.h>

/* The addresses and ports of a connection; ports are in host byte order. Hashed as a whole, so the
 * struct must have no padding. */
struct flow_key {
	struct addr client;
	struct addr server;
	uint16_t client_port;
	uint16_t server_port;
};

/* Returns the key with little-endian ports. ISNs, timestamp offsets and cookies are hashes of it,
 * so a seed gives the same ones on each machine. */
static inline struct flow_key flow_key_portable(const struct flow_key *k)
{
	struct flow_key portable = *k;

	portable.client_port = htole16(k->client_port);
	portable.server_port = htole16(k->server_port);
	return portable;
}

/* The record of a connection, whose first member is the struct flow. */
enum flow_kind {
	FLOW_CONN,      /* struct tcp_conn */
	FLOW_HALF,      /* struct tcp_half: half open */
	FLOW_TIME_WAIT, /* struct tcp_time_wait: in TIME-WAIT */
};

struct flow {
	struct hash_node node; /* in the flow table */
	struct timer timer;    /* expires at the earliest deadline of the connection */
	uint64_t id;           /* unique in this run of the daemon; the CLI shows it */
	struct flow_key key;
	uint16_t path;    /* path back to the client: an index of link/paths.h */
	uint8_t state;    /* enum tcp_state; only tcp_set_state() changes it */
	uint8_t kind : 2; /* enum flow_kind */
	bool asked : 1;   /* we sent a SYN without ACK to these ports: see engine/loops.h */
	/* The client has proved its address, RFC 9000 8.1: session_validate() in engine/. */
	bool validated : 1;
};

#endif
