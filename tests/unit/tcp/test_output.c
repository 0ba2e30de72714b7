/* SPDX-License-Identifier: MIT */
/* Parts of the sender that no segment script shows, because it would be too long or its link too
 * narrow. */
#include "unit.h"

#include "tcp/conn.h"
#include "wire/cursor.h"

#include <string.h>

#define MSS   16000
#define ROUND (64 * 1024)

static const struct tcp_keys keys = {.isn = {3, 4}};
static struct tcp_settings settings;
static struct tcp_conn conn;
static struct plan plan;
static nstime now;

static void step(enum tcp_event_type type, const struct segment *seg)
{
	struct tcp_event e = {.type = type, .seg = seg};

	plan_clear(&plan);
	tcp_step(&conn, &e, now, &plan);
	e = (struct tcp_event){.type = TCP_EVENT_TURN};
	tcp_step(&conn, &e, now, &plan);
}

static void client_acks(uint32_t ack, uint8_t flags)
{
	struct segment seg = {.flags = TCP_ACK | flags, .seq = conn.rcv_nxt, .ack = ack};

	seg.window = UINT16_MAX;
	step(TCP_EVENT_SEGMENT, &seg);
}

/* Opens a connection to a client with this MSS and no other option. */
static void open_conn(uint16_t mtu, uint16_t mss)
{
	struct segment answer = {.flags = TCP_SYN | TCP_ACK | TCP_ECE, .seq = 5};
	struct flow_key key = {0};

	tcp_settings_default(&settings);
	settings.ecn = ECN_OFFER;
	conn = (struct tcp_conn){0};
	addr_parse("192.0.2.1", &key.client);
	addr_parse("198.51.100.1", &key.server);
	flow_set_key(&conn.f, &key);
	now = NS_PER_S;
	tcp_conn_init(&conn, &settings, mtu, &keys, now);
	step(TCP_EVENT_OPEN, NULL);
	answer.ack = conn.snd_max;
	answer.window = UINT16_MAX;
	answer.opt_len = 4;
	answer.opt[0] = OPT_MSS;
	answer.opt[1] = 4;
	put_u16(answer.opt + 2, mss);
	step(TCP_EVENT_SEGMENT, &answer);
	ck_assert_uint_eq(conn.f.state, STATE_ESTABLISHED);
}

static void write_octets(size_t n)
{
	static const uint8_t octets[ROUND];

	while (n) {
		size_t part = n < ROUND ? n : ROUND;

		tcp_write(&conn, octets, part);
		n -= part;
	}
	step(TCP_EVENT_TURN, NULL);
}

static void close_conn(void)
{
	tcp_conn_release(&conn);
	plan_free(&plan);
}

static void pass_octets(uint64_t n)
{
	for (; n >= ROUND; n -= ROUND) {
		write_octets(ROUND);
		while (conn.snd_una != conn.snd_max)
			client_acks(conn.snd_max, 0);
		now += NS_PER_MS;
	}
}

/* Comparisons cover half of the sequence space: the mark of a loss must advance with SND.UNA. */
START_TEST(losses_are_detected_after_two_gigabytes)
{
	uint32_t una;

	open_conn(UINT16_MAX, MSS);
	pass_octets((1ULL << 31) + (1 << 20));
	write_octets(ROUND);
	una = conn.snd_una;
	for (int i = 0; i < 3; i++)
		client_acks(una, 0);
	ck_assert_uint_eq(plan.count, 1);
	ck_assert_uint_eq(plan.item[0].seg.seq, una);
	close_conn();
}
END_TEST

START_TEST(ece_is_obeyed_after_two_gigabytes)
{
	open_conn(UINT16_MAX, MSS);
	pass_octets((1ULL << 31) + (1 << 20));
	write_octets(MSS);
	client_acks(conn.snd_max, TCP_ECE);
	write_octets(MSS);
	ck_assert_uint_ge(plan.count, 1);
	ck_assert(plan.item[0].seg.flags & TCP_CWR);
	close_conn();
}
END_TEST

static uint32_t first_flight(uint16_t mss)
{
	uint32_t flight;

	open_conn(UINT16_MAX, mss);
	write_octets(ROUND);
	write_octets(ROUND);
	flight = conn.snd_max - conn.snd_una;
	close_conn();
	return flight;
}

/* RFC 6928 2: min(10*MSS, max(2*MSS, 14600)). */
START_TEST(the_first_window_is_bounded_in_octets)
{
	ck_assert_uint_eq(first_flight(536), 5360);
	ck_assert_uint_eq(first_flight(1460), 14600);
	ck_assert_uint_eq(first_flight(4000), 12000);
	ck_assert_uint_eq(first_flight(8960), 2 * 8960);
}
END_TEST

/* A step sends at most BURST_MAX segments, and the client's ACKs send the rest. */
START_TEST(small_segments_are_sent_in_parts)
{
	static const uint8_t octets[2000];
	uint32_t first;

	open_conn(1500, 1);
	conn.cwnd = UINT16_MAX;
	first = conn.snd_nxt;
	tcp_write(&conn, octets, sizeof(octets));
	plan_clear(&plan);
	tcp_step(&conn, &(struct tcp_event){.type = TCP_EVENT_TURN}, now, &plan);
	ck_assert_uint_eq(plan.item[0].seg.len, 1);
	ck_assert_uint_eq(plan.count, 256);
	ck_assert_int_ne(conn.deadline[TIMER_RETRANSMIT], NS_NEVER);
	for (unsigned acks = 0; conn.snd_nxt != first + sizeof(octets); acks++) {
		ck_assert_uint_lt(acks, 10);
		client_acks(conn.snd_nxt, 0);
		ck_assert_uint_le(plan.count, 2 * 256); /* of two steps */
	}
	close_conn();
}
END_TEST

UNIT_MAIN("output", losses_are_detected_after_two_gigabytes, ece_is_obeyed_after_two_gigabytes,
	  the_first_window_is_bounded_in_octets, small_segments_are_sent_in_parts)
