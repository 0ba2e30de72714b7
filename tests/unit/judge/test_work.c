/* SPDX-License-Identifier: MIT */
/* The growth of the judge's work with the number of segments. */
#include "unit.h"
#include "work.h"

#include "addresses.h"
#include "judge/judge.h"
#include "wire/packet_encode.h"

#define FEW 2000

static struct trace ring;
static nstime now;

static void add(bool in, const struct addr *client, uint16_t port, uint8_t flags, uint32_t seq,
		uint32_t ack)
{
	const struct addr server = addr_of("fd77::1");
	struct segment s = {.src = in ? *client : server,
			    .dst = in ? server : *client,
			    .sport = in ? port : 80,
			    .dport = in ? 80 : port,
			    .seq = seq,
			    .ack = ack,
			    .flags = flags,
			    .window = 65535,
			    .ttl = 64};
	struct trace_record head = {.kind = in ? TRACE_IN : TRACE_OUT, .when = now += NS_PER_MS};
	uint8_t bytes[128];

	trace_add(&ring, &head, bytes, packet_encode(&s, bytes, sizeof(bytes)));
}

static void handshake(const struct addr *client, uint16_t port, uint32_t isn)
{
	add(true, client, port, TCP_SYN, isn, 0);
	add(false, client, port, TCP_SYN | TCP_ACK, 5000, isn + 1);
	add(true, client, port, TCP_ACK, isn + 1, 5001);
}

/* --- segments from clients -------------------------------------------------------------------- */

static void syns_of_many_clients(unsigned count)
{
	struct addr client = addr_of("fd77::2");

	for (unsigned i = 0; i < count; i++) {
		memcpy(client.b + 8, &i, sizeof(i));
		add(true, &client, 4000, TCP_SYN, i * 70000, 0);
	}
}

static void syns_of_one_client(unsigned count)
{
	const struct addr client = addr_of("fd77::2");

	for (unsigned i = 0; i < count; i++)
		add(true, &client, (uint16_t)(4000 + i), TCP_SYN, i * 70000, 0);
}

static void connections_of_one_client(unsigned count)
{
	const struct addr client = addr_of("fd77::2");

	for (unsigned i = 0; i < count; i++)
		handshake(&client, (uint16_t)(4000 + i), i * 70000);
}

static void resets_of_one_client(unsigned count)
{
	const struct addr client = addr_of("fd77::2");

	for (unsigned i = 0; i < count; i++) {
		handshake(&client, (uint16_t)(4000 + i), i * 70000);
		add(true, &client, (uint16_t)(4000 + i), TCP_RST, i * 70000 + 1, 0);
	}
}

/* Our SYN-ACK has an unacceptable ACK number. The client resets it, or is silent. */
static void attempts_of_one_client(unsigned count)
{
	const struct addr client = addr_of("fd77::2");

	for (unsigned i = 0; i < count; i++) {
		add(true, &client, (uint16_t)(4000 + i), TCP_SYN, i * 70000, 0);
		add(false, &client, (uint16_t)(4000 + i), TCP_SYN | TCP_ACK, 5000, i * 70000 + 9);
		if (i % 2)
			add(true, &client, (uint16_t)(4000 + i), TCP_RST, i * 70000 + 9, 0);
	}
}

/* One attempt: a single connection of any length. */
static void one_syn_again_and_again(unsigned count)
{
	const struct addr client = addr_of("fd77::2");

	for (unsigned i = 0; i < count; i++) {
		add(true, &client, 4000, TCP_SYN, 1000, 0);
		add(false, &client, 4000, TCP_SYN | TCP_ACK, 5000, 1001);
	}
}

static void one_long_connection(unsigned count)
{
	const struct addr client = addr_of("fd77::2");

	handshake(&client, 4000, 1000);
	for (unsigned i = 0; i < count; i++) {
		add(false, &client, 4000, TCP_ACK, 5001, 1001);
		add(true, &client, 4000, TCP_ACK, 1001, 5001);
	}
}

static void one_port_again_and_again(unsigned count)
{
	const struct addr client = addr_of("fd77::2");

	for (unsigned i = 0; i < count; i++) {
		handshake(&client, 4000, i * 70000);
		add(true, &client, 4000, TCP_RST, i * 70000 + 1, 0);
	}
}

static void losses_and_connections(unsigned count)
{
	const struct trace_record loss = {.kind = TRACE_LOSS};

	connections_of_one_client(count);
	for (unsigned i = 0; i < count; i++) {
		struct trace_record head = loss;

		head.when = now += NS_PER_MS;
		trace_add(&ring, &head, "lost", 4);
	}
	connections_of_one_client(count);
}

/* --- the work --------------------------------------------------------------------------------- */

static uint64_t work_of(void (*send)(unsigned count), unsigned count)
{
	const struct judge_rules rules = {.tolerance = LATE_TOLERANCE,
					  .asserted = {.keepalive = true}};
	struct dialogs dialogs;
	struct verdicts verdicts;

	now = 100 * NS_PER_S;
	trace_init(&ring, 16 << 20);
	send(count);
	ck_assert_uint_eq(ring.lost, 0);
	work_done = 0;
	ck_assert(dialogs_read(&dialogs, &ring, NULL, 0, now, NULL));
	ck_assert_uint_gt(dialogs.count, 0);
	ck_assert(verdicts_make(&verdicts, &dialogs, &rules));
	ck_assert_uint_gt(verdicts.count, 0);
	verdicts_free(&verdicts);
	dialogs_free(&dialogs);
	trace_free(&ring);
	return work_done;
}

START_TEST(the_work_grows_linearly)
{
	static const struct {
		const char *name;
		void (*send)(unsigned count);
	} floods[] = {
		{"SYNs of many clients", syns_of_many_clients},
		{"SYNs of one client", syns_of_one_client},
		{"connections of one client", connections_of_one_client},
		{"attempts of one client", attempts_of_one_client},
		{"connections that one client resets", resets_of_one_client},
		{"one SYN again and again", one_syn_again_and_again},
		{"one long connection", one_long_connection},
		{"connections from one port", one_port_again_and_again},
		{"connections and lost frames", losses_and_connections},
	};

	for (size_t i = 0; i < COUNT_OF(floods); i++) {
		uint64_t few = work_of(floods[i].send, FEW);
		uint64_t many = work_of(floods[i].send, WORK_TIMES * FEW);

		ck_assert_uint_gt(few, 100 * FEW);
		ck_assert_msg(WORK_IN_PROPORTION(few, many),
			      "%s: %llu basic blocks for %u, %llu for %u", floods[i].name,
			      (unsigned long long)few, FEW, (unsigned long long)many,
			      WORK_TIMES * FEW);
	}
}
END_TEST

START_TEST(a_stopped_judgment_ends)
{
	const bool stop = true;
	struct dialogs dialogs;

	trace_init(&ring, 16 << 20);
	syns_of_many_clients(FEW);
	work_done = 0;
	ck_assert(!dialogs_read(&dialogs, &ring, NULL, 0, now, &stop));
	ck_assert_uint_lt(work_done, FEW);
	trace_free(&ring);
}
END_TEST

UNIT_MAIN("work", the_work_grows_linearly, a_stopped_judgment_ends)
