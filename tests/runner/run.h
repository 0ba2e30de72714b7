/* SPDX-License-Identifier: MIT */
/* run: one run of a script, with the responder on a fake clock and a client that the script plays.
 */
#ifndef SYNACKD_TESTS_RUNNER_RUN_H
#define SYNACKD_TESTS_RUNNER_RUN_H

#include "script.h"

#include "engine/engine.h"

#include <stdio.h>

#define SENT_MAX 4096

struct sent {
	nstime when;
	size_t len;
	uint8_t *packet;
};

struct run {
	const struct script *script;
	struct responder responder;
	struct link link;
	struct rng rng;
	uint64_t seed;
	nstime now;
	struct addr client, server;
	uint16_t client_port, server_port, endpoint_port;
	uint32_t port_step;      /* between the values of client_port of successive connections */
	const struct line *cell; /* cell whose first segment is yet to be sent */
	bool table;              /* print the cells */
	const char *load;        /* file with additional behaviours; or NULL */
	uint32_t client_isn, server_isn;
	bool server_isn_known;
	uint32_t ts_val; /* the responder's latest TSval */
	uint8_t cookie[FAST_OPEN_COOKIE_MAX];
	struct sent sent[SENT_MAX];
	unsigned first, count; /* entries of `sent` that no line has matched yet */
	struct text log;
	struct capture *capture; /* or NULL */
	uint8_t packet[65536];
};

/* Prints an error for this line (NULL: the end of the script) and the packets on the wire. Returns
 * false. */
bool run_failed(struct run *run, const struct line *l, const char *what);
void run_log(struct run *run, nstime when, char direction, const struct segment *s);
/* Values of the variables in options. */
struct expr_values run_values(const struct run *run);

/* relative.c: converts numbers and cookies between scripts and the wire. */
void relative_to_wire(const struct run *run, struct segment *s);   /* sent by the client */
void relative_from_wire(const struct run *run, struct segment *s); /* sent by the responder */

/* sent.c: packets that the responder sent and that no line has matched yet. */
void sent_add(struct run *run, nstime when, const uint8_t *packet, size_t len);
bool sent_nothing(struct run *run, const struct line *l); /* prints them, returns false */
void sent_forget(struct run *run);                        /* logs and discards them */
void sent_free(struct run *run);
/* Expects the line's segment or ICMP error, at its time. */
bool sent_expect(struct run *run, const struct line *l);

#endif
