/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_TCP_FLOW_H
#define SYNACKD_TCP_FLOW_H

#include "base/wheel.h"
#include "tcp/state.h"
#include "wire/addr.h"

/* Both ends of a connection, as we see it: the client and us. Without padding, it is hashed. */
struct flow_key {
	struct addr client;
	struct addr server;
	uint16_t client_port;
	uint16_t server_port;
};

/* What a half-open record and a full connection have in common; the first member of both. */
struct flow {
	struct flow *next;  /* in the table's bucket */
	struct timer timer; /* armed for the earliest of the machine's deadlines */
	uint64_t id;        /* unique in this run of the daemon; what the CLI calls it */
	struct flow_key key;
	uint16_t path;  /* way back to the client: an index of link/paths.h */
	uint8_t state;  /* enum tcp_state; set by tcp_set_state alone */
	bool half : 1;  /* struct tcp_half, else struct tcp_conn */
	bool asked : 1; /* a SYN of ours, without ACK, was sent to these ports: loops.h */
};

#endif
