/* SPDX-License-Identifier: MIT */
/* flow: the fields that all connections share, whatever record keeps the rest of them. */
#ifndef SYNACKD_TCP_FLOW_H
#define SYNACKD_TCP_FLOW_H

#include "base/hash_table.h"
#include "base/random.h"
#include "base/timer_tree.h"
#include "tcp/state.h"
#include "wire/addr.h"

/* The addresses and ports of a connection; ports are in host byte order. Compared as a whole, so
 * the struct must have no padding. */
struct flow_key {
	struct addr client;
	struct addr server;
	uint16_t client_port;
	uint16_t server_port;
};

#define FLOW_OCTETS_MAX 36 /* over IPv6 */
#define FLOW_OCTETS_V4  12

/* Writes the octets of the key that differ between flows, in network byte order: the addresses of
 * client and server, and their ports. Returns their number. ISNs, timestamp offsets and cookies are
 * hashes of them, so a seed gives the same ones on each machine. */
size_t flow_key_octets(const struct flow_key *k, uint8_t out[FLOW_OCTETS_MAX]);
/* Returns the SipHash of these octets. */
uint64_t flow_key_hash(const struct siphash_key *secret, const struct flow_key *k);

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
