/* SPDX-License-Identifier: MIT */
/*
 * Traces written by hand, and the verdicts about them: begin(), then packets in the notation, each
 * a millisecond after the one before, then expect(), then end(). The trace, its dialogs and
 * verdicts, and the time `now`, are here for the tests to look at.
 */
#ifndef SYNACKD_TESTS_UNIT_TALK_H
#define SYNACKD_TESTS_UNIT_TALK_H

#include "judge/judge.h"
#include "tcp/flow.h"
#include "wire/icmp.h"
#include "wire/notation.h"
#include "wire/packet.h"

#include <check.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ISN 1000u
#define ISS 5000u
#define TTL 64

static struct trace ring;
static struct dialogs dialogs;
static struct verdicts verdicts;
static nstime now;
static uint8_t its_ttl = TTL; /* of the client's packets */
static uint8_t our_fate;      /* enum trace_fate, of ours */

static inline void begin(void)
{
	trace_init(&ring, 1 << 20);
	now = 100 * NS_PER_S;
}

static inline void end(void)
{
	verdicts_free(&verdicts);
	dialogs_free(&dialogs);
	trace_free(&ring);
}

/* A packet as in the notation, with numbers relative to both sides' first, but for the edges of
 * selective ACKs, which are absolute; `direction` is < for the client's. Of connection `flow`
 * (0: none). */
static inline void packet(uint64_t flow, uint16_t port, char direction, const char *text,
			  uint32_t late)
{
	bool in = direction == '<';
	struct trace_record head = {.kind = in ? TRACE_IN : TRACE_OUT,
				    .fate = in ? FATE_NONE : our_fate,
				    .flow = flow,
				    .when = now,
				    .late = late,
				    .iss = flow ? ISS : 0,
				    .irs = flow ? ISN : 0};
	struct segment s = {.window = 65535, .ttl = in ? its_ttl : TTL};
	struct notation n;
	char *error = NULL;
	uint8_t bytes[2048];

	ck_assert_msg(notation_parse(text, &n, &error), "%s", error);
	notation_resolve(&n, NULL, &s);
	addr_parse("192.0.2.7", in ? &s.src : &s.dst);
	addr_parse("192.0.2.1", in ? &s.dst : &s.src);
	s.sport = in ? port : 80;
	s.dport = in ? 80 : port;
	s.seq += in ? ISN : ISS;
	if (s.flags & TCP_ACK)
		s.ack += in ? ISS : ISN;
	trace_add(&ring, &head, bytes, packet_encode(&s, bytes, sizeof(bytes)));
	notation_free(&n);
	now += NS_PER_MS;
}

static inline void open_connection(uint64_t flow, uint16_t port)
{
	packet(flow, port, '<', "S 0:0(0) <mss 1460>", 0);
	packet(flow, port, '>', "S. 0:0(0) ack 1 <mss 1460>", 0);
	packet(flow, port, '<', ". 1:1(0) ack 1", 0);
}

static inline const struct verdict *judge(const char *requirement, const struct profile *profile)
{
	const struct judge_rules rules = {
		.asserted = {.on_link = true}, .profile = profile, .tolerance = LATE_TOLERANCE};

	verdicts_free(&verdicts);
	dialogs_free(&dialogs);
	dialogs_read(&dialogs, &ring, NULL, 0, now + 60 * NS_PER_S);
	verdicts_make(&verdicts, &dialogs, &rules);
	for (unsigned i = 0; i < verdicts.count; i++)
		if (strcmp(verdicts.verdict[i].requirement->id, requirement) == 0)
			return &verdicts.verdict[i];
	return NULL;
}

static inline void expect(const char *requirement, enum result result,
			  const struct profile *profile)
{
	const struct verdict *v = judge(requirement, profile);

	ck_assert_msg(v != NULL, "%s: no verdict", requirement);
	ck_assert_msg(v->result == result, "%s: %s, %s", requirement, result_name(v->result),
		      v->finding.words);
}

/* Packets of connection 1 from port 4000, NULL behind the last. Each is as packet() takes it, with
 * how many milliseconds it comes after the one before, and the direction: `5 < S 0:0(0)`. */
static inline void talk(const char *first, ...)
{
	va_list more;

	va_start(more, first);
	for (const char *line = first; line; line = va_arg(more, const char *)) {
		char *rest;

		now += (strtol(line, &rest, 10) - 1) * NS_PER_MS;
		packet(1, 4000, rest[1], rest + 3, 0);
	}
	va_end(more);
}

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
static inline void complain_of(const char *name, bool in, uint32_t seq)
{
	uint8_t quote[200], bytes[200];
	struct trace_record head = {
		.kind = in ? TRACE_IN : TRACE_OUT, .flow = 1, .iss = ISS, .irs = ISN};
	struct icmp message = {.quote = quote, .quote_len = 28, .rest = 1280, .ttl = TTL};
	struct segment s = {.ttl = TTL, .seq = seq};

	s.sport = in ? 80 : 4000;
	s.dport = in ? 4000 : 80;
	addr_parse(in ? "192.0.2.1" : "192.0.2.7", &s.src);
	addr_parse(in ? "192.0.2.7" : "192.0.2.1", &s.dst);
	message.src = s.dst;
	message.dst = s.src;
	packet_encode(&s, quote, sizeof(quote));
	ck_assert(icmp_by_name(name, true, &message.type, &message.code));
	head.when = now++;
	trace_add(&ring, &head, bytes, icmp_encode(&message, bytes, sizeof(bytes)));
}

/* That nobody is at a port. */
static inline void complain(bool in, uint32_t seq)
{
	complain_of("port-unreachable", in, seq);
}

#endif
