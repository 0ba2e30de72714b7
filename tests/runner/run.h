/* SPDX-License-Identifier: MIT */
/* One run of a script: the responder on a fake clock, and a client that the script plays. */
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
	uint32_t port_step;      /* from one connection's client_port to the next one's */
	const struct line *cell; /* whose first segment is still to come */
	bool table;              /* print the cells */
	const char *load;        /* a file of behaviours, beside those that are shipped; or NULL */
	uint32_t client_isn, server_isn;
	bool server_isn_known;
	uint32_t ts_val; /* the responder's latest */
	uint8_t cookie[FAST_OPEN_COOKIE_MAX];
	struct sent sent[SENT_MAX];
	unsigned first, count; /* what is in `sent` and was not looked at yet */
	struct text log;
	FILE *capture; /* or NULL */
	uint8_t packet[65536];
};

/* Says what is wrong at this line (NULL: at the end), and what crossed the wire. Returns false. */
bool run_failed(struct run *run, const struct line *l, const char *what);
void run_log(struct run *run, nstime when, char direction, const struct segment *s);
/* What variables in options stand for. */
struct expr_values run_values(const struct run *run);

/* relative.c: numbers and cookies of the responder's, as a script writes them and as they are. */
void relative_to_wire(const struct run *run, struct segment *s);   /* what the client sends */
void relative_from_wire(const struct run *run, struct segment *s); /* what the responder sent */

/* sent.c: what the responder sent and nobody looked at yet. */
void sent_add(struct run *run, nstime when, const uint8_t *packet, size_t len);
bool sent_nothing(struct run *run, const struct line *l); /* complains of what there is */
void sent_forget(struct run *run);                        /* logged, and not looked at */
void sent_free(struct run *run);
/* The line's segment or ICMP error, at its time. */
bool sent_expect(struct run *run, const struct line *l);

#endif
