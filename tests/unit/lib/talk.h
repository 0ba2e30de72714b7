/* SPDX-License-Identifier: MIT */
/*
 * talk: traces in the segment notation, and the verdicts about them.
 *
 * Call begin(), then packet() for each packet, one per millisecond, then
 * expect(), then end(). Tests may inspect the trace, its dialogs, its verdicts and `talk_time`.
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
extern uint8_t its_ttl;  /* of the client's packets; TTL by default */
extern uint8_t our_fate; /* enum trace_fate of our packets */
extern bool over_v6;     /* false by default */

void begin(void);
void end(void);

/* Adds a packet in the notation. Numbers are relative to both ISNs, except the edges of SACK
 * blocks, which are absolute. `direction` is < for the client's. `flow`: the connection (0: none).
 * The packet left `late` us after its time. */
void packet(uint64_t flow, uint16_t port, char direction, const char *text, uint32_t late);

/* Adds a handshake from this port. */
void open_connection(uint64_t flow, uint16_t port);

/* Judges the trace so far, against a profile or NULL. Returns the verdict for this requirement, or
 * NULL if there is none. It is valid until the next call. */
const struct verdict *judge(const char *requirement, const struct profile *profile);

/* Judges the trace so far. The verdict must be `result`. */
void expect(const char *requirement, enum result result, const struct profile *profile);

/* Adds packets of connection 1 from port 4000. Each argument is in the form of packet(), after the
 * milliseconds since the packet before and the direction: `5 < S 0:0(0)`. The last is NULL. */
void talk(const char *first, ...);

/* Handshakes, for talk(). */
#define OPEN                                                                       \
	"0 < S 0:0(0) <mss 1460,sackOK>", "1 > S. 0:0(0) ack 1 <mss 1460,sackOK>", \
		"1 < . 1:1(0) ack 1"
#define OPEN_TS                                                            \
	"0 < S 0:0(0) <mss 1460,sackOK,TS val 10 ecr 0>",                  \
		"1 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 500 ecr 10>", \
		"1 < . 1:1(0) ack 1 <nop,nop,TS val 11 ecr 500>"

/* Adds an ICMP error of this name, from the client (`in`) or to it, which quotes a packet with the
 * sequence number `seq`. Its MTU is 1280. */
void complain_of(const char *name, bool in, uint32_t seq);

/* Adds a "port unreachable" error. */
void complain(bool in, uint32_t seq);

#endif
