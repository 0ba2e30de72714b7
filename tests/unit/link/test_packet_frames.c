/* SPDX-License-Identifier: MIT */
/* Frames that the packet link receives and sends. */
#include "link_bench.h"

#include "wire/icmp.h"
#include "wire/packet_encode.h"

#include <linux/tcp.h>
#include <netinet/in.h>

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Receives data from number `next` on. Returns its length; sets *longest to the longest segment. */
static size_t collect(struct bench *b, size_t want, uint32_t next, size_t *longest)
{
	struct segment s;
	size_t got = 0;

	*longest = 0;
	while (got < want && next_segment(b->link, &s, PATIENCE)) {
		if (s.len == 0)
			continue;
		ck_assert_uint_eq(s.seq, next);
		for (size_t i = 0; i < s.len; i++)
			ck_assert_uint_eq(s.payload[i], (uint8_t)(got + i));
		ck_assert(s.offload);
		got += s.len;
		next += s.len;
		*longest = s.len > *longest ? s.len : *longest;
	}
	return got;
}

/* Waits until the client's kernel has processed the window of open_window(). */
static void expect_open_window(int client)
{
	int64_t end = wall_clock() + PATIENCE * NS_PER_MS;
	struct tcp_info info = {0};

	do {
		socklen_t len = sizeof(info);

		ck_assert_int_eq(getsockopt(client, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	} while (info.tcpi_snd_wnd <= 65535 && wall_clock() < end && poll(NULL, 0, 1) == 0);
	ck_assert_uint_gt(info.tcpi_snd_wnd, 65535);
}

static size_t longest_of(const char *interface, const char *address, int side, uint16_t mss,
			 size_t size)
{
	uint8_t *data = xcalloc(1, size);
	struct bench b;
	size_t longest;

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)i;
	arrive(&b, interface, address, side);
	answer(b.link, &b.syn, mss);
	ck_assert_int_eq(outcome(b.client, PATIENCE), 0);
	open_window(b.link, &b.syn);
	expect_open_window(b.client);
	ck_assert_int_eq(write(b.client, data, size), (ssize_t)size);
	ck_assert_uint_eq(collect(&b, size, b.syn.seq + 1, &longest), size);
	leave(&b);
	free(data);
	return longest;
}

/* Segments that the sender's kernel leaves to hardware to split. */
START_TEST(large_segments)
{
	ck_assert_uint_gt(longest_of("veth0", SERVER_V4, client_side, 1460, 14000), 1500);
	ck_assert_uint_gt(longest_of("veth0", SERVER_V6, client_side, 1440, 14000), 1500);
	ck_assert_uint_gt(longest_of("lo", "127.0.0.1", server_side, 65000, 65000), 60000);
	ck_assert_uint_gt(longest_of("lo", "::1", server_side, 65000, 65000), 60000);
}
END_TEST

/* A segment that a host sent whole is not marked as offloaded, and its path is returned. */
START_TEST(plain_segment)
{
	struct link *server = open_link(server_side, "veth0");
	struct link *client = open_link(client_side, "veth1");
	struct segment syn = syn_to("10.9.0.2", "10.9.0.77", 5);
	struct segment got;

	send_segment(client, &to_server, &syn);
	ck_assert(next_segment(server, &got, PATIENCE));
	ck_assert(!got.offload);
	ck_assert_mem_eq(came_by.remote, CLIENT_MAC, 6);
	ck_assert_mem_eq(came_by.local, SERVER_MAC, 6);
	ck_assert_uint_eq(came_by.vlan, 0);
	ck_assert_uint_eq(server->mtu, 1500);
	ck_assert(!server->loopback);
	ck_assert_uint_eq(client->counters.bytes_out, 40);
	ck_assert_uint_eq(server->counters.bytes_in, 40);
	client->ops->close(client);
	server->ops->close(server);
}
END_TEST

/* With a VLAN tag, which the kernel removes from the frame on receipt and inserts on sending. */
START_TEST(vlan)
{
	struct link *server = open_link(server_side, "veth0");
	struct link *client = open_link(client_side, "veth1");
	struct segment syn = syn_to("10.9.0.2", "10.9.0.77", 5);
	struct path tagged = to_server;
	struct segment got;

	tagged.vlan = 5 << 13 | 7;
	send_segment(client, &tagged, &syn);
	ck_assert(next_segment(server, &got, PATIENCE));
	ck_assert_uint_eq(got.seq, 5);
	ck_assert_uint_eq(came_by.vlan, 5 << 13 | 7);
	ck_assert_uint_eq(server->counters.bytes_in, 40);

	send_segment(server, &came_by, &syn);
	ck_assert(next_segment(client, &got, PATIENCE));
	ck_assert_mem_eq(came_by.remote, SERVER_MAC, 6);
	ck_assert_uint_eq(came_by.vlan, 5 << 13 | 7);
	client->ops->close(client);
	server->ops->close(server);
}
END_TEST

/* Checks that one more stray frame than `before` arrives, and nothing else. */
static void expect_stray(struct link *l, uint64_t before)
{
	int64_t end = wall_clock() + PATIENCE * NS_PER_MS;
	struct frame f;

	while (l->counters.stray_in == before && wall_clock() < end)
		ck_assert(!next_frame(l, &f, 1));
	ck_assert_uint_gt(l->counters.stray_in, before);
}

/* A frame with a service tag (802.1ad) belongs to a network that our tag would not reach. */
START_TEST(other_tags)
{
	static const uint8_t header[] = {SERVER_MAC CLIENT_MAC "\x88\xa8\0\7\x08"};
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_halen = 6};
	struct link *server = open_link(server_side, "veth0");
	struct segment syn = syn_to("10.9.0.2", "10.9.0.77", 5);
	uint8_t bytes[128];
	struct frame f;
	size_t len = sizeof(header) + packet_encode(&syn, bytes + sizeof(header), 64);
	int fd;

	memcpy(bytes, header, sizeof(header));
	enter(client_side);
	at.sll_ifindex = (int)if_nametoindex("veth1");
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	ck_assert_int_eq(sendto(fd, bytes, len, 0, (struct sockaddr *)&at, sizeof(at)), len);
	expect_stray(server, 0);
	bytes[12] = 0x81;
	bytes[13] = 0;
	ck_assert_int_eq(sendto(fd, bytes, len, 0, (struct sockaddr *)&at, sizeof(at)), len);
	ck_assert(next_frame(server, &f, PATIENCE));
	close(fd);
	server->ops->close(server);
}
END_TEST

static void send_packet(struct link *l, const char *to_mac, const uint8_t *packet, size_t len)
{
	struct path to = to_server;

	memcpy(to.remote, to_mac, sizeof(to.remote));
	l->ops->send(l, &to, packet, len, 0);
}

/* Checks that ICMP messages to the interface's own address arrive only if they are errors. */
static void only_errors(struct link *client, struct link *server)
{
	static const char *const address[2][2] = {{"10.9.0.2", "10.9.0.1"}, {"fd09::2", "fd09::1"}};

	for (int family = 0; family < 2; family++) {
		struct icmp m = {.ttl = 64};
		uint8_t packet[128];
		struct frame f;

		ck_assert(addr_parse(address[family][0], &m.src));
		ck_assert(addr_parse(address[family][1], &m.dst));
		for (unsigned type = 0; type < 256; type++) {
			m.type = (uint8_t)type;
			send_packet(client, SERVER_MAC, packet,
				    icmp_encode(&m, packet, sizeof(packet)));
		}
		client->ops->flush(client);
		for (unsigned type = 0; type < 256; type++) {
			if (!icmp_is_error(family == 0, (uint8_t)type))
				continue;
			ck_assert(next_frame(server, &f, PATIENCE));
			ck_assert_uint_eq(f.packet[family ? 40 : 20], type);
		}
		ck_assert(!next_frame(server, &f, 100));
	}
}

/* To the interface's own address only TCP, also after IPv6 extensions, and ICMP errors arrive. */
START_TEST(filter)
{
	struct link *server = open_link(server_side, "veth0");
	struct link *client = open_link(client_side, "veth1");
	struct segment v4 = syn_to("10.9.0.2", "10.9.0.77", 1);
	struct segment v6 = syn_to("fd09::2", "fd09::77", 2);
	uint8_t packet[128];
	struct frame f;
	size_t len = packet_encode(&v4, packet, sizeof(packet));

	send_packet(client, "\xff\xff\xff\xff\xff\xff", packet, len);
	send_packet(client, "\1\0\x5e\0\0\1", packet, len);
	send_packet(client, "\2\x09\0\0\0\x99", packet, len);
	packet[9] = 17;
	send_packet(client, SERVER_MAC, packet, len);
	packet[9] = 1;
	packet[20] = 8; /* echo request */
	send_packet(client, SERVER_MAC, packet, len);
	len = packet_encode(&v6, packet, sizeof(packet));
	packet[6] = 17;
	send_packet(client, SERVER_MAC, packet, len);
	packet[6] = 58;
	packet[40] = 128;
	send_packet(client, SERVER_MAC, packet, len);
	/* Destination options of eight octets of padding. */
	packet[6] = 60;
	packet[5] = (uint8_t)(packet[5] + 8);
	memmove(packet + 48, packet + 40, len - 40);
	memcpy(packet + 40, "\6\0\1\4\0\0\0\0", 8);
	send_packet(client, SERVER_MAC, packet, len + 8);
	client->ops->flush(client);
	ck_assert_uint_eq(client->counters.frames_out, 8);

	ck_assert(next_frame(server, &f, PATIENCE));
	ck_assert_uint_eq(f.len, len + 8);
	ck_assert_mem_eq(f.packet, packet, len + 8);
	ck_assert(!next_frame(server, &f, 100));
	only_errors(client, server);
	client->ops->close(client);
	server->ops->close(server);
}
END_TEST

/* Sends the packet as TCP, UDP and ICMP. Exactly `want` of them must arrive. */
static void expect_arrivals(struct link *client, struct link *server, const char *mac,
			    unsigned want, bool *owned)
{
	struct segment v4 = syn_to("10.9.0.2", "10.9.0.77", 1);
	uint8_t packet[128];
	size_t len = packet_encode(&v4, packet, sizeof(packet));
	unsigned count = 0;
	struct frame f;

	send_packet(client, mac, packet, len);
	packet[9] = 17;
	send_packet(client, mac, packet, len);
	packet[9] = 1;
	send_packet(client, mac, packet, len);
	client->ops->flush(client);
	for (; next_frame(server, &f, count < want ? PATIENCE : 100); count++) {
		*owned = f.owned;
		came_by = f.path;
	}
	ck_assert_uint_eq(count, want);
}

/* Sends an IPv6 packet with an unknown Next Header. */
static void expect_ipv6(struct link *client, struct link *server, const char *mac, bool arrives)
{
	struct segment v6 = syn_to("fd09::2", "fd09::77", 1);
	uint8_t packet[128];
	size_t len = packet_encode(&v6, packet, sizeof(packet));
	struct frame f;

	packet[6] = 253;
	send_packet(client, mac, packet, len);
	client->ops->flush(client);
	ck_assert(next_frame(server, &f, arrives ? PATIENCE : 100) == arrives);
	if (arrives)
		ck_assert_mem_eq(f.packet, packet, len);
}

#define VIRTUAL_MAC "\2\x5f\0\0\0\x01" /* for SERVER_MAC, see neighbour_mac() */

/* The addresses that the kernel does not own have another MAC, as long as there are any. */
START_TEST(virtual_addresses)
{
	struct link *server = open_link(server_side, "veth0");
	struct link *client = open_link(client_side, "veth1");
	struct segment other = syn_to("10.9.0.2", "10.9.0.78", 1);
	bool owned = false;
	uint64_t stray;

	expect_arrivals(client, server, VIRTUAL_MAC, 0, &owned);
	ck_assert(answers_for(server, 2));
	expect_arrivals(client, server, VIRTUAL_MAC, 1, &owned);
	ck_assert(!owned);
	expect_ipv6(client, server, VIRTUAL_MAC, true);
	expect_ipv6(client, server, SERVER_MAC, false);
	ck_assert_mem_eq(came_by.local, VIRTUAL_MAC, 6);
	/* The invalid ICMP packet. The client's kernel may also send solicitations. */
	ck_assert_uint_ge(server->counters.stray_in, 1);
	expect_arrivals(client, server, SERVER_MAC, 1, &owned);
	ck_assert(owned);
	stray = server->counters.stray_in;
	for (int i = 0; i < 10; i++) {
		expect_arrivals(client, server, "\2\x09\0\0\0\x99", 0, &owned);
		expect_arrivals(client, server, "\xff\xff\xff\xff\xff\xff", 0, &owned);
	}
	ck_assert_uint_lt(server->counters.stray_in, stray + 10);
	{
		struct path to = to_server;

		memcpy(to.remote, VIRTUAL_MAC, 6);
		stray = server->counters.stray_in;
		send_segment(client, &to, &other);
		expect_stray(server, stray);
	}
	ck_assert(answers_for(server, 0));
	expect_arrivals(client, server, VIRTUAL_MAC, 0, &owned);
	expect_arrivals(client, server, SERVER_MAC, 1, &owned);
	client->ops->close(client);
	server->ops->close(server);
	server = open_link(server_side, "lo");
	ck_assert(!answers_for(server, 1));
	ck_assert_int_eq(errno, EOPNOTSUPP);
	ck_assert(answers_for(server, 0));
	server->ops->close(server);
}
END_TEST

/* Each call processes a limited number of stray frames, so that timers are not delayed. */
START_TEST(stray_frames_are_read_in_parts)
{
	struct link *server = open_link(server_side, "veth0");
	struct link *client = open_link(client_side, "veth1");
	struct segment stray = syn_to("10.9.0.2", "10.9.0.78", 1);
	struct segment ours = syn_to("10.9.0.2", "10.9.0.77", 2);
	int64_t end = wall_clock() + PATIENCE * NS_PER_MS;
	uint64_t before, most = 0;
	uint8_t packet[128];
	size_t len = packet_encode(&stray, packet, sizeof(packet));
	struct frame f;
	int got = 0;

	ck_assert(answers_for(server, 2));
	for (int i = 0; i < 3000; i++)
		send_packet(client, VIRTUAL_MAC, packet, len);
	client->ops->flush(client);
	while (!got && wall_clock() < end) {
		struct pollfd p = {.fd = server->fd, .events = POLLIN};

		/* The link reports that frames remain. The kernel keeps at most a thousand frames
		 * in transit, so our segment may be lost, too. */
		if (poll(&p, 1, 100) == 0) {
			len = packet_encode(&ours, packet, sizeof(packet));
			send_packet(client, VIRTUAL_MAC, packet, len);
			client->ops->flush(client);
		}
		before = server->counters.stray_in;
		got = server->ops->receive(server, &f);
		if (server->counters.stray_in - before > most)
			most = server->counters.stray_in - before;
	}
	ck_assert_int_eq(got, 1);
	ck_assert_uint_gt(server->counters.stray_in, 900);
	ck_assert_uint_le(most, 256);
	client->ops->close(client);
	server->ops->close(server);
}
END_TEST

/* Receives segments in order, at least up to the number `awaited`. Returns how many. */
static unsigned drain(struct link *l, uint32_t *last, uint32_t awaited)
{
	struct segment s;
	unsigned count = 0;

	for (; next_segment(l, &s, *last < awaited ? PATIENCE : 50); count++) {
		ck_assert(count == 0 || s.seq > *last);
		*last = s.seq;
	}
	return count;
}

/* A frame that is too long fails. The frames before and after it are sent. */
START_TEST(batch_continues_after_a_failure)
{
	static uint8_t long_packet[1600] = {0x45};
	struct link *server = open_link(server_side, "veth0");
	struct link *client = open_link(client_side, "veth1");
	struct segment syn = syn_to("10.9.0.2", "10.9.0.77", 0);
	uint8_t packet[64];
	uint32_t last = 0;

	for (; syn.seq < 150; syn.seq++) {
		size_t len = packet_encode(&syn, packet, sizeof(packet));

		client->ops->send(client, &to_server, packet, len, 0);
		if (syn.seq == 70)
			client->ops->send(client, &to_server, long_packet, sizeof(long_packet), 0);
	}
	client->ops->flush(client);
	ck_assert_uint_eq(client->counters.frames_out, 150);
	ck_assert_uint_eq(client->counters.bytes_out, 150 * 40);
	ck_assert_uint_eq(client->counters.failed_out, 1);
	ck_assert_int_eq(client->counters.last_error, EMSGSIZE);
	ck_assert_uint_eq(drain(server, &last, 149), 150);
	client->ops->close(client);
	server->ops->close(server);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		large_segments,
		plain_segment,
		vlan,
		other_tags,
		filter,
		virtual_addresses,
		stray_frames_are_read_in_parts,
		batch_continues_after_a_failure,
		NULL,
	};

	return bench_run("packet_frames", tests);
}
