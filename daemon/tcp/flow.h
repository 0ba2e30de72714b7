/* SPDX-License-Identifier: MIT */
/* flow: the fields that all connections share, whatever record keeps the rest of them. */
#ifndef SYNACKD_TCP_FLOW_H
#define SYNACKD_TCP_FLOW_H

#include "base/hash_table.h"
#include "base/random.h"
#include "base/timer_tree.h"
#include "tcp/state.h"
#include "wire/addr.h"
#include "wire/cursor.h"

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

/* Copies the last `len` octets of both addresses, which are all of them over IPv6. */
static inline size_t flow_key_write(const struct flow_key *k, size_t len, uint8_t *out)
{
	memcpy(out, k->client.b + sizeof(k->client.b) - len, len);
	memcpy(out + len, k->server.b + sizeof(k->server.b) - len, len);
	put_u16(out + 2 * len, k->client_port);
	put_u16(out + 2 * len + 2, k->server_port);
	return 2 * len + 4;
}

/* Writes the octets of the key that differ between flows, in network byte order: the addresses of
 * client and server, and their ports. Returns their number. ISNs, timestamp offsets and cookies are
 * hashes of them, so a seed gives the same ones on each machine. */
static inline size_t flow_key_octets(const struct flow_key *k, uint8_t out[FLOW_OCTETS_MAX])
{
	if (addr_is_v4(&k->client) && addr_is_v4(&k->server))
		return flow_key_write(k, 4, out);
	return flow_key_write(k, 16, out);
}

/* Returns the SipHash of these octets. */
uint64_t flow_key_hash(const struct siphash_key *secret, const struct flow_key *k);

/* The record of a connection, of which the struct flow is a member: the last one if the record may
 * end early. */
enum flow_kind {
	FLOW_CONN,      /* struct tcp_conn */
	FLOW_HALF,      /* struct tcp_half: half open */
	FLOW_TIME_WAIT, /* struct tcp_time_wait: in TIME-WAIT */
};

struct flow {
	struct hash_node node; /* in the flow table */
	struct timer timer;    /* expires at the earliest deadline of the connection */
	uint64_t id;           /* unique in this run of the daemon; the CLI shows it */
	uint32_t hash;         /* of the key; the flow table sets it */
	uint16_t path;         /* path back to the client: an index of link/paths.h */
	uint8_t state;         /* enum tcp_state; only tcp_set_state() changes it */
	uint8_t kind : 2;      /* enum flow_kind */
	bool asked : 1;        /* we sent a SYN without ACK to these ports: see engine/loops.h */
	/* The client has proved its address, RFC 9000 8.1: session_validate() in engine/. */
	bool validated : 1;
	bool v4 : 1; /* over IPv4 */
	/* flow_key_octets() of the key. Over IPv4, the memory of the record may end after
	 * FLOW_OCTETS_V4 of them. */
	uint8_t octets[FLOW_OCTETS_MAX];
};

/* Returns the number of `octets` that are in use. */
static inline size_t flow_octets(const struct flow *f)
{
	return f->v4 ? FLOW_OCTETS_V4 : FLOW_OCTETS_MAX;
}

struct flow_key flow_key_of(const struct flow *f);
void flow_set_key(struct flow *f, const struct flow_key *k);
/* Copies a flow whose record may end early, but neither its place in the flow table nor its
 * timer. */
void flow_copy(struct flow *to, const struct flow *from);

#endif
