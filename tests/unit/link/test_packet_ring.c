/* SPDX-License-Identifier: MIT */
/* The ring of the packet link: its size, its order, and frames that are longer than a slot. */
#include "link_bench.h"

#include "link/packet_ring.h"
#include "wire/packet_encode.h"

#include <sys/socket.h>
#include <unistd.h>

#define DATA 1400 /* octets of a long segment */

static uint8_t data[DATA];

static struct link *server, *client;

/* Returns true if the kernel grants the queue that slots of PACKET_SLOT octets require. */
static bool has_long_queue(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = PACKET_COPIES / 2, granted = 0;
	socklen_t len = sizeof(granted);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &len), 0);
	close(fd);
	return granted >= PACKET_COPIES;
}

static unsigned slots(void)
{
	return PACKET_RING_SIZE / (has_long_queue() ? PACKET_SLOT : PACKET_SLOT_LARGE);
}

static void open_both(void)
{
	server = open_link(server_side, "veth0");
	client = open_link(client_side, "veth1");
}

static void close_both(void)
{
	client->ops->close(client);
	server->ops->close(server);
}

/* Sends `count` SYNs, numbered from `first`. Each of `longs` has data. */
static void send_many(uint32_t first, unsigned count, unsigned longs)
{
	uint8_t packet[DATA + 100];

	for (uint32_t i = first; i < first + count; i++) {
		struct segment s = syn_to("10.9.0.2", "10.9.0.77", i);
		size_t len;

		if (longs && i % longs == 0) {
			s.payload = data;
			s.len = DATA;
			data[i % DATA]++;
		}
		len = packet_encode(&s, packet, sizeof(packet));
		client->ops->send(client, &to_server, packet, len, 0);
	}
	client->ops->flush(client);
	ck_assert_uint_eq(client->counters.failed_out, 0);
}

/* Receives segments in order, at least up to the number `awaited`. Returns how many. */
static unsigned drain(uint32_t *last, uint32_t awaited, unsigned longs)
{
	struct segment s;
	unsigned count = 0;

	for (; next_segment(server, &s, *last < awaited ? PATIENCE : 50); count++) {
		ck_assert(count == 0 || s.seq > *last);
		ck_assert_uint_eq(s.len, longs && s.seq % longs == 0 ? DATA : 0);
		*last = s.seq;
	}
	return count;
}

/* 200,000 SYNs a second for 250 ms, while the worker does not run. */
START_TEST(a_pause_loses_no_frame)
{
	const unsigned sent = has_long_queue() ? 50000 : slots();
	uint32_t last = 0;

	open_both();
	send_many(1, sent, 0);
	ck_assert_uint_eq(drain(&last, sent, 0), sent);
	ck_assert_uint_eq(last, sent);
	ck_assert_uint_eq(server->counters.dropped_in, 0);
	close_both();
}
END_TEST

/* More frames than the ring holds: lost frames are counted, the others are in order. */
START_TEST(ring_overflow)
{
	const unsigned sent = 100000;
	uint32_t last = 0;
	unsigned got;

	open_both();
	send_many(1, sent, 0);
	got = drain(&last, 1, 0);
	ck_assert_uint_eq(got, slots());
	send_many(sent + 1, 1, 0);
	got += drain(&last, sent + 1, 0);
	ck_assert_uint_eq(last, sent + 1);
	ck_assert_uint_eq(server->counters.dropped_in, sent + 1 - got);
	close_both();
}
END_TEST

/* Several times around the ring. */
START_TEST(ring_wraps)
{
	const unsigned most = slots() * 2 / 3;
	uint32_t last = 0;

	open_both();
	for (unsigned i = 0; i < 10; i++) {
		send_many(i * most + 1, most, 0);
		ck_assert_uint_eq(drain(&last, (i + 1) * most, 0), most);
	}
	ck_assert_uint_eq(server->counters.frames_in, 10 * most);
	ck_assert_uint_eq(server->counters.dropped_in, 0);
	close_both();
}
END_TEST

/* Segments whose frames are longer than a slot are in order with the others, and whole. */
START_TEST(long_frames)
{
	struct segment s;

	open_both();
	for (unsigned i = 1; i <= 3000; i += 30) {
		send_many(i, 30, 3);
		for (unsigned k = i; k < i + 30; k++) {
			ck_assert(next_segment(server, &s, PATIENCE));
			ck_assert_uint_eq(s.seq, k);
			ck_assert_uint_eq(s.len, k % 3 ? 0 : DATA);
		}
	}
	/* The last long segment has the number 3,000. */
	ck_assert_uint_eq(server->counters.frames_in, 3000);
	ck_assert_uint_eq(server->counters.dropped_in, 0);
	close_both();
}
END_TEST

START_TEST(data_of_long_frames)
{
	struct segment s;

	open_both();
	for (unsigned i = 0; i < 300; i++) {
		send_many(i, 1, 1);
		ck_assert(next_segment(server, &s, PATIENCE));
		ck_assert_uint_eq(s.len, DATA);
		ck_assert_mem_eq(s.payload, data, DATA);
	}
	close_both();
}
END_TEST

/* More long frames than the queue holds: the others are lost and counted; none is cut off. */
START_TEST(too_many_long_frames)
{
	const unsigned sent = 30000;
	uint32_t last = 0;
	unsigned got;

	open_both();
	send_many(1, sent, 2);
	got = drain(&last, 1, 2);
	if (has_long_queue()) /* all short ones, and some of the others */
		ck_assert_uint_ge(got, sent / 2 + 1000);
	ck_assert_uint_lt(got, sent);
	send_many(sent + 1, 2, 2);
	got += drain(&last, sent + 2, 2);
	ck_assert_uint_eq(last, sent + 2);
	ck_assert_uint_eq(server->counters.dropped_in, sent + 2 - got);
	close_both();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_pause_loses_no_frame, ring_overflow,        ring_wraps, long_frames,
		data_of_long_frames,    too_many_long_frames, NULL,
	};

	return bench_run("packet_ring", tests);
}
