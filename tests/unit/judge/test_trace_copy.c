/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "judge/trace_copy.h"

#include "wire/packet_decode.h"
#include "wire/packet_encode.h"

#include <stdio.h>
#include <string.h>

static struct trace ring;

static void setup_ring(void)
{
	trace_init(&ring, 65536);
}

/* Adds a packet between the client's `port` and us, over IPv6 for odd ports; to the client if
 * `out`. */
static void add_packet(uint64_t flow, bool out, uint16_t port, uint8_t flags, uint32_t seq)
{
	struct trace_record head = {.kind = out ? TRACE_OUT : TRACE_IN, .flow = flow};
	struct segment s = {.seq = seq, .flags = flags, .ttl = 64};
	uint8_t packet[128];

	addr_parse(port % 2 ? "fd77::2" : "10.77.0.2", out ? &s.dst : &s.src);
	addr_parse(port % 2 ? "fd77::1" : "10.77.0.1", out ? &s.src : &s.dst);
	s.sport = out ? 7000 : port;
	s.dport = out ? port : 7000;
	trace_add(&ring, &head, packet, packet_encode(&s, packet, sizeof(packet)));
}

static void add_state(uint64_t flow)
{
	trace_add(&ring, &(struct trace_record){.kind = TRACE_STATE, .flow = flow}, NULL, 0);
}

/* Returns the copy as text: `i` or `o` with the sequence number of each packet, `s` for a state.
 * Frees the copy. */
static const char *told(struct trace_copy *c)
{
	static char text[512];
	const struct trace_record *r = NULL;
	struct segment s;
	size_t n = 0;

	text[0] = '\0';
	while ((r = trace_copy_next(c, r))) {
		if (r->kind == TRACE_STATE) {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "s ");
			continue;
		}
		ck_assert_int_eq(packet_decode(r->bytes, r->cap, true, &s), WIRE_OK);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%c%u ",
				      r->kind == TRACE_IN ? 'i' : 'o', s.seq);
	}
	trace_copy_free(c);
	return text;
}

static void take(struct trace_copy *c, uint64_t id)
{
	trace_copy_begin(c, &ring, id);
	while (!trace_copy_step(c, &ring, 3))
		;
}

static const char *story_of(uint64_t id)
{
	struct trace_copy c = {0};

	take(&c, id);
	ck_assert(c.found);
	return told(&c);
}

START_TEST(records_of_one_connection)
{
	setup_ring();
	for (uint16_t port = 40000; port < 40002; port++) {
		add_packet(port, false, port, TCP_SYN, 1);
		add_state(port);
	}
	for (uint16_t port = 40000; port < 40002; port++) {
		add_packet(port, true, port, TCP_SYN | TCP_ACK, port);
		add_packet(port, false, port, TCP_ACK, 2);
	}
	ck_assert_str_eq(story_of(40000), "i1 s o40000 i2 ");
	ck_assert_str_eq(story_of(40001), "i1 s o40001 i2 ");
	trace_free(&ring);
}
END_TEST

START_TEST(packets_before_and_after_a_connection_belong_to_it)
{
	setup_ring();
	add_packet(0, false, 40000, TCP_SYN, 90); /* another attempt, dropped */
	add_packet(0, false, 40000, TCP_SYN, 1);  /* held */
	add_packet(0, false, 40002, TCP_SYN, 91);
	add_packet(0, false, 40000, TCP_SYN, 1); /* absorbed */
	add_packet(7, false, 40000, TCP_SYN, 1); /* released */
	add_state(7);
	add_packet(7, true, 40000, TCP_SYN | TCP_ACK, 4);
	add_packet(0, false, 40000, TCP_ACK, 5); /* after the end of the connection */
	add_packet(0, true, 40000, TCP_RST, 6);
	ck_assert_str_eq(story_of(7), "i1 i1 i1 s o4 i5 o6 ");
	trace_free(&ring);
}
END_TEST

START_TEST(reused_ports_are_another_connection)
{
	setup_ring();
	add_packet(1, false, 40001, TCP_SYN, 1);
	add_packet(0, false, 40001, TCP_ACK, 2);
	add_packet(2, false, 40001, TCP_SYN, 3);
	add_packet(0, true, 40001, TCP_RST, 4);
	add_packet(3, false, 40001, TCP_SYN, 5);
	ck_assert_str_eq(story_of(1), "i1 i2 ");
	ck_assert_str_eq(story_of(2), "i3 o4 "); /* i2 belongs to the earlier connection */
	ck_assert_str_eq(story_of(3), "i5 ");
	trace_free(&ring);
}
END_TEST

START_TEST(a_cut_copy_has_no_gaps)
{
	struct trace_copy c = {0};
	struct trace_record large = {.size = 4096}, small = {.size = sizeof(small)};
	_Alignas(struct trace_record) uint8_t bytes[4096] = {0};
	size_t size;

	memcpy(bytes, &large, sizeof(large));
	while (!c.cut)
		trace_copy_add(&c, (struct trace_record *)bytes);
	size = c.size;
	c.size -= 2 * sizeof(small); /* as if a smaller record still fitted */
	trace_copy_add(&c, &small);
	ck_assert_uint_eq(c.size, size - 2 * sizeof(small));
	trace_copy_free(&c);
}
END_TEST

START_TEST(the_last_connection_has_the_last_syn)
{
	struct trace_copy c = {0};

	setup_ring();
	take(&c, 0);
	ck_assert(!c.found);

	add_packet(1, false, 40000, TCP_SYN, 1);
	add_packet(2, false, 40001, TCP_SYN, 2);
	add_packet(1, false, 40000, TCP_ACK, 3); /* the older connection continues */
	take(&c, 0);
	ck_assert_uint_eq(c.id, 2);
	ck_assert_uint_eq(c.key.client_port, 40001);
	ck_assert_uint_eq(c.key.server_port, 7000);
	ck_assert_str_eq(told(&c), "i2 ");

	add_packet(0, false, 40002, TCP_SYN, 4); /* not opened yet */
	add_packet(0, false, 40002, TCP_SYN, 4);
	take(&c, 0);
	ck_assert_uint_eq(c.id, 0);
	ck_assert_str_eq(told(&c), "i4 i4 ");

	add_packet(3, true, 40002, TCP_SYN | TCP_ACK, 5);
	take(&c, 0);
	ck_assert_uint_eq(c.id, 3);
	ck_assert_str_eq(told(&c), "i4 i4 o5 ");
	trace_free(&ring);
}
END_TEST

START_TEST(changed_ports_do_not_identify_the_client)
{
	struct trace_copy c = {0};

	setup_ring();
	add_packet(1, true, 50000, TCP_SYN, 1); /* a rule changed its port */
	add_packet(1, false, 40000, TCP_SYN, 2);
	take(&c, 1);
	ck_assert_uint_eq(c.key.client_port, 40000);
	ck_assert_str_eq(told(&c), "o1 i2 ");
	trace_free(&ring);
}
END_TEST

START_TEST(truncated_packets_and_unknown_connections)
{
	static const uint8_t syn[] = {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6};
	struct trace_copy c = {0};

	setup_ring();
	for (size_t n = 0; n <= sizeof(syn); n++)
		trace_add(&ring, &(struct trace_record){.kind = TRACE_IN, .flow = 1}, syn, n);
	take(&c, 1);
	ck_assert(!c.found);
	take(&c, 0);
	ck_assert(!c.found);
	take(&c, 99);
	ck_assert(!c.found);
	ck_assert_ptr_null(trace_copy_next(&c, NULL));
	trace_free(&ring);
}
END_TEST

START_TEST(a_copy_has_a_bound)
{
	struct trace_copy c = {0};

	trace_init(&ring, 2 * TRACE_COPY_MAX);
	for (int i = 0; i < 30000; i++)
		add_packet(1, false, 40000, TCP_ACK, (uint32_t)i);
	take(&c, 1);
	ck_assert(c.cut);
	ck_assert_uint_le(c.size, TRACE_COPY_MAX);
	ck_assert_uint_gt(c.size, TRACE_COPY_MAX - 1024);
	trace_copy_free(&c);
	trace_free(&ring);
}
END_TEST

/* Returns the records of one client as text, in the form of told(), with the flow of a state, and
 * `l` for a loss. */
static const char *story_of_client(const char *address, size_t size)
{
	static char text[65536];
	const struct trace_record *r = NULL;
	struct client_trace c;
	struct addr client;
	struct segment s;
	size_t n = 0;

	addr_parse(address, &client);
	ck_assert(client_trace_begin(&c, &ring, &client, size));
	while (!client_trace_step(&c, &ring, 3))
		;
	text[0] = '\0';
	while ((r = trace_next(&c.copied, r))) {
		if (r->kind <= TRACE_OUT)
			ck_assert_int_eq(packet_decode(r->bytes, r->cap, true, &s), WIRE_OK);
		if (r->kind == TRACE_LOSS)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "l ");
		else if (r->kind == TRACE_STATE)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "s%u ",
					      (unsigned)r->flow);
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%c%u ",
					      r->kind == TRACE_IN ? 'i' : 'o', s.seq);
	}
	trace_free(&c.copied);
	return text;
}

START_TEST(records_of_one_client)
{
	setup_ring();
	for (uint16_t port = 40000; port < 40004; port++) {
		add_packet(port, false, port, TCP_SYN, port);
		add_state(port);
	}
	trace_add(&ring, &(struct trace_record){.kind = TRACE_LOSS}, "x", 1);
	add_packet(40002, true, 40002, TCP_SYN | TCP_ACK, 2);
	add_packet(0, false, 40003, TCP_ACK, 3);
	add_state(39999); /* its packets are lost */
	ck_assert_str_eq(story_of_client("10.77.0.2", 65536), "i40000 s40000 i40002 s40002 l o2 ");
	ck_assert_str_eq(story_of_client("fd77::2", 65536), "i40001 s40001 i40003 s40003 l i3 ");
	ck_assert_str_eq(story_of_client("10.77.0.3", 65536), "l ");
	ck_assert_str_eq(story_of_client("10.77.0.2", 0), "");
	trace_free(&ring);
}
END_TEST

START_TEST(the_newest_records_of_a_client_are_kept)
{
	const char *story;

	trace_init(&ring, 1 << 20);
	for (unsigned i = 0; i < 1000; i++)
		add_packet(1, false, 40000, TCP_ACK, i);
	story = story_of_client("10.77.0.2", 4096);
	ck_assert_ptr_nonnull(strstr(story, " i998 i999 "));
	ck_assert_uint_lt(strlen(story), 300);
	trace_free(&ring);
	ck_assert_str_eq(story_of_client("10.77.0.2", 4096), "");
}
END_TEST

/* Each step reads few records, the copy ends where the ring ended at its begin, and records that
 * are overwritten meanwhile are missing. */
START_TEST(a_client_is_copied_in_steps)
{
	const struct trace_record *r = NULL;
	struct client_trace c;
	struct addr client;
	unsigned steps = 0, copied = 0;

	trace_init(&ring, 1 << 20);
	for (unsigned i = 0; i < 1000; i++)
		add_packet(1, false, 40000, TCP_ACK, i);
	addr_parse("10.77.0.2", &client);
	ck_assert(client_trace_begin(&c, &ring, &client, 1 << 20));
	for (bool last = false; !last; steps++) {
		uint64_t before = c.at.read;

		last = client_trace_step(&c, &ring, 10);
		ck_assert_uint_le(c.at.read - before, 10);
		add_packet(1, false, 40000, TCP_ACK, 5000);
	}
	ck_assert_uint_eq(steps, 100);
	while ((r = trace_next(&c.copied, r)))
		copied++;
	ck_assert_uint_eq(copied, 1000);
	trace_free(&c.copied);
	ck_assert(client_trace_begin(&c, &ring, &client, 1 << 20));
	for (unsigned i = 0; i < 20000; i++)
		add_packet(1, false, 40000, TCP_ACK, 6000);
	ck_assert(client_trace_step(&c, &ring, 10));
	ck_assert_ptr_null(trace_next(&c.copied, NULL));
	trace_free(&c.copied);
	trace_free(&ring);
}
END_TEST

UNIT_MAIN("trace_copy", records_of_one_connection,
	  packets_before_and_after_a_connection_belong_to_it, reused_ports_are_another_connection,
	  a_cut_copy_has_no_gaps, the_last_connection_has_the_last_syn,
	  changed_ports_do_not_identify_the_client, truncated_packets_and_unknown_connections,
	  a_copy_has_a_bound, records_of_one_client, the_newest_records_of_a_client_are_kept,
	  a_client_is_copied_in_steps)
