/* SPDX-License-Identifier: MIT */
/*
 * Traces written by hand, and the verdicts about them: begin(), then packets in the notation, each
 * a millisecond after the one before, then expect(), then end(). The trace, its dialogs and
 * verdicts, and the time `talk_time`, are here for the tests to look at.
 */
#ifndef SYNACKD_TESTS_UNIT_LIB_TALK_H
#define SYNACKD_TESTS_UNIT_LIB_TALK_H

#include "judge/judge.h"
#include "tcp/flow.h"
#include "wire/notation.h"
#include "wire/segment.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ISN 1000u
#define ISS 5000u
#define TTL 64

extern struct trace ring;
extern struct dialogs dialogs;
extern struct verdicts verdicts;
extern nstime talk_time;
extern uint8_t its_ttl;  /* of the client's packets; TTL unless a test sets it */
extern uint8_t our_fate; /* enum trace_fate, of ours */

void begin(void);
void end(void);

/* Adds a packet as in the notation, with numbers relative to both sides' first, but for the edges
 * of selective ACKs, which are absolute; `direction` is < for the client's. Of connection `flow`
 * (0: none); it left `late` ns after its time. */
void packet(uint64_t flow, uint16_t port, char direction, const char *text, uint32_t late);

/* A handshake from this port. */
void open_connection(uint64_t flow, uint16_t port);

/* Judges the trace so far, against a profile or NULL. Returns the verdict about this clause, valid
 * until the next, or NULL if there is none. */
const struct verdict *judge(const char *requirement, const struct profile *profile);

/* Likewise, and the verdict must be this. */
void expect(const char *requirement, enum result result, const struct profile *profile);

/* Packets of connection 1 from port 4000, NULL behind the last. Each is as packet() takes it, with
 * how many milliseconds it comes after the one before, and the direction: `5 < S 0:0(0)`. */
void talk(const char *first, ...);

/* Handshakes to begin with. */
#define OPEN                                                                       \
	"0 < S 0:0(0) <mss 1460,sackOK>", "1 > S. 0:0(0) ack 1 <mss 1460,sackOK>", \
		"1 < . 1:1(0) ack 1"
#define OPEN_TS                                                            \
	"0 < S 0:0(0) <mss 1460,sackOK,TS val 10 ecr 0>",                  \
		"1 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 500 ecr 10>", \
		"1 < . 1:1(0) ack 1 <nop,nop,TS val 11 ecr 500>"

/* The ICMP error of this name, from the client (`in`) or to it, about a packet with number `seq`;
 * its MTU is 1280. */
void complain_of(const char *name, bool in, uint32_t seq);

/* That a port is unreachable. */
void complain(bool in, uint32_t seq);

#endif
