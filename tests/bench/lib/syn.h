/* SPDX-License-Identifier: MIT */
/* syn: SYNs of many clients as Linux sends them, and their answers. Each SYN has a number, which
 * determines its source address, port and ISN. */
#ifndef BENCH_SYN_H
#define BENCH_SYN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYN_FRAME_MAX 96
/* Octets of an answer that syn_number() reads. */
#define ANSWER_MAX 80

/* Arguments of a program that sends SYNs, for the list of words_read(). `to` and `from` are of the
 * same family. The clients have the `clients` addresses from `from` on. They are of no kernel:
 * `from_mac` is of no interface, so the client's kernel discards the answers at once. */
#define SYN_WORDS                                                                                \
	{"interface", "eth0"}, {"to", NULL}, {"to_mac", NULL}, {"port", "7000"}, {"from", NULL}, \
		{"from_mac", "02:5e:00:00:00:02"}, {"clients", "2000"},                          \
	{                                                                                        \
		"first", "0"                                                                     \
	}

struct syn_plan {
	uint8_t frame[SYN_FRAME_MAX]; /* the template */
	size_t len;
	bool v6;
	uint8_t from_mac[6];
	uint32_t base;    /* the last 32 bits of the first client's address */
	uint32_t clients; /* number of addresses */
	uint32_t first;   /* the number of the first SYN */
	uint32_t ip_sum, tcp_sum;
};

/* Reads SYN_WORDS. */
void syn_plan(struct syn_plan *p);

/* Returns the largest number plus 1: each client has 64,000 ports. */
uint32_t syn_limit(const struct syn_plan *p);

/* Writes SYN `number` to `frame`. The length is p->len. */
void syn_write(const struct syn_plan *p, uint32_t number, uint8_t *frame);

/* Returns the number of the SYN that a SYN-ACK answers, or -1 for another frame. */
int64_t syn_number(const struct syn_plan *p, const uint8_t *frame, size_t len);

#endif
