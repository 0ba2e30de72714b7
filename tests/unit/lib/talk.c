/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include "addresses.h"
#include "wire/icmp.h"
#include "wire/notation_parse.h"
#include "wire/notation_resolve.h"
#include "wire/packet_encode.h"

#include <stdarg.h>
#include <string.h>

struct trace ring;
struct dialogs dialogs;
struct verdicts verdicts;
nstime talk_time;
uint8_t its_ttl = TTL;
uint8_t our_fate;
bool over_v6;

void begin(void)
{
	trace_init(&ring, 1 << 20);
	talk_time = 100 * NS_PER_S;
}

void end(void)
{
	verdicts_free(&verdicts);
	dialogs_free(&dialogs);
	trace_free(&ring);
}

void packet(uint64_t flow, uint16_t port, char direction, const char *text, uint32_t late)
{
	const char *client = over_v6 ? "2001:db8::7" : "192.0.2.7";
	const char *server = over_v6 ? "2001:db8::1" : "192.0.2.1";
	bool in = direction == '<';
	struct trace_record head = {.kind = in ? TRACE_IN : TRACE_OUT,
				    .fate = in ? FATE_NONE : our_fate,
				    .flow = flow,
				    .when = talk_time,
				    .late = late,
				    .iss = flow ? ISS : 0,
				    .irs = flow ? ISN : 0};
	struct segment s = {.window = 65535, .ttl = in ? its_ttl : TTL};
	struct notation n;
	char *error = NULL;
	uint8_t bytes[2048];

	ck_assert_msg(notation_parse(text, &n, &error), "%s", error);
	notation_resolve(&n, NULL, &s);
	s.src = addr_of(in ? client : server);
	s.dst = addr_of(in ? server : client);
	s.sport = in ? port : 80;
	s.dport = in ? 80 : port;
	s.seq += in ? ISN : ISS;
	if (s.flags & TCP_ACK)
		s.ack += in ? ISS : ISN;
	trace_add(&ring, &head, bytes, packet_encode(&s, bytes, sizeof(bytes)));
	notation_free(&n);
	talk_time += NS_PER_MS;
}

void open_connection(uint64_t flow, uint16_t port)
{
	packet(flow, port, '<', "S 0:0(0) <mss 1460>", 0);
	packet(flow, port, '>', "S. 0:0(0) ack 1 <mss 1460>", 0);
	packet(flow, port, '<', ". 1:1(0) ack 1", 0);
}

const struct verdict *judge(const char *requirement, const struct profile *profile)
{
	const struct judge_rules rules = {
		.asserted = {.on_link = true}, .profile = profile, .tolerance = LATE_TOLERANCE};

	verdicts_free(&verdicts);
	dialogs_free(&dialogs);
	dialogs_read(&dialogs, &ring, NULL, 0, talk_time + 60 * NS_PER_S, NULL);
	verdicts_make(&verdicts, &dialogs, &rules);
	for (unsigned i = 0; i < verdicts.count; i++)
		if (strcmp(verdicts.verdict[i].requirement->id, requirement) == 0)
			return &verdicts.verdict[i];
	return NULL;
}

void expect(const char *requirement, enum result result, const struct profile *profile)
{
	const struct verdict *v = judge(requirement, profile);

	ck_assert_msg(v != NULL, "%s: no verdict", requirement);
	ck_assert_msg(v->result == result, "%s: %s, %s", requirement, result_name(v->result),
		      v->finding.words);
}

void talk(const char *first, ...)
{
	va_list more;

	va_start(more, first);
	for (const char *line = first; line; line = va_arg(more, const char *)) {
		char *rest;

		talk_time += (strtol(line, &rest, 10) - 1) * NS_PER_MS;
		packet(1, 4000, rest[1], rest + 3, 0);
	}
	va_end(more);
}

void complain_of(const char *name, bool in, uint32_t seq)
{
	uint8_t quote[200], bytes[200];
	struct trace_record head = {
		.kind = in ? TRACE_IN : TRACE_OUT, .flow = 1, .iss = ISS, .irs = ISN};
	struct icmp message = {.quote = quote, .quote_len = 28, .rest = 1280, .ttl = TTL};
	struct segment s = {.ttl = TTL, .seq = seq};

	s.sport = in ? 80 : 4000;
	s.dport = in ? 4000 : 80;
	s.src = addr_of(in ? "192.0.2.1" : "192.0.2.7");
	s.dst = addr_of(in ? "192.0.2.7" : "192.0.2.1");
	message.src = s.dst;
	message.dst = s.src;
	packet_encode(&s, quote, sizeof(quote));
	ck_assert(icmp_by_name(name, true, &message.type, &message.code));
	head.when = talk_time++;
	trace_add(&ring, &head, bytes, icmp_encode(&message, bytes, sizeof(bytes)));
}

void complain(bool in, uint32_t seq)
{
	complain_of("port-unreachable", in, seq);
}
