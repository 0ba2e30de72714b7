/* SPDX-License-Identifier: MIT */
#include "link_bench.h"

#include "link/answering.h"
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

const struct path to_server = {.remote = SERVER_MAC, .local = CLIENT_MAC};
int server_side;
int client_side;
struct path came_by;

void enter(int side)
{
	ck_assert_int_eq(setns(side, CLONE_NEWNET), 0);
}

static int this_namespace(void)
{
	return open("/proc/thread-self/ns/net", O_RDONLY);
}

bool add_server_v6(void)
{
	return ip("address add fd09::1/64 dev veth0 nodad") &&
	       ip("address add fe80::1/64 dev veth0 nodad");
}

static bool build_networks(void)
{
	own_network();
	server_side = this_namespace();
	if (unshare(CLONE_NEWNET) < 0)
		return false;
	client_side = this_namespace();
	return server_side >= 0 && client_side >= 0 && ip("link set lo up") &&
	       ip("link add veth1 address 02:09:00:00:00:02 type veth "
		  "peer name veth0 address 02:09:00:00:00:01") &&
	       ip("link set veth0 netns /proc/%d/fd/%d", (int)getpid(), server_side) &&
	       ip("address add 10.9.0.2/24 dev veth1") &&
	       ip("address add fd09::2/64 dev veth1 nodad") && ip("link set veth1 up") &&
	       setns(server_side, CLONE_NEWNET) == 0 && ip("address add 10.9.0.1/24 dev veth0") &&
	       add_server_v6() && ip("link set veth0 up");
}

int64_t wall_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

struct link *open_link(int side, const char *interface)
{
	char *error = NULL;
	struct link *l;

	enter(side);
	l = packet_open(interface, &error);
	ck_assert_msg(l != NULL, "%s", error);
	ck_assert_str_eq(l->name, interface);
	return l;
}

int open_guard(const char *address)
{
	struct addr a = addr_of(address);
	char *error = NULL;
	int fd;

	enter(server_side);
	fd = guard_open(&a, PORT, &error);
	ck_assert_msg(fd >= 0, "%s", error);
	return fd;
}

int connect_from(int side, const char *address)
{
	struct linger reset = {.l_onoff = 1};
	struct addr a = addr_of(address);
	union sockaddr_ip to;
	socklen_t len;
	int fd;

	enter(side);
	len = interface_sockaddr(&a, PORT, &to);
	fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	ck_assert_int_lt(connect(fd, &to.any, len), 0);
	return fd;
}

int outcome(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int error = EINPROGRESS;

	if (poll(&p, 1, ms) > 0)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

int open_sniffer(int side, const char *interface)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int fd;

	enter(side);
	at.sll_ifindex = (int)if_nametoindex(interface);
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

unsigned sniffed(int fd, uint8_t *flags)
{
	static uint8_t packet[70000];
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	struct segment s;
	unsigned count = 0;
	ssize_t n;

	*flags = 0;
	while ((n = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len)) >= 0) {
		if (from.sll_pkttype == PACKET_OUTGOING ||
		    packet_decode(packet, (size_t)n, false, &s) != WIRE_OK || s.sport != PORT)
			continue;
		count++;
		*flags |= s.flags;
	}
	return count;
}

bool next_frame(struct link *l, struct frame *f, int ms)
{
	int64_t end = wall_clock() + ms * NS_PER_MS;
	bool over;

	do {
		struct pollfd p = {.fd = l->fd, .events = POLLIN};
		int got;

		over = wall_clock() >= end; /* receive() is called once more after the timeout */
		got = l->ops->receive(l, f);
		ck_assert_int_ge(got, 0);
		if (got)
			return true;
		if (!over)
			poll(&p, 1, 10);
	} while (!over);
	return false;
}

bool next_segment(struct link *l, struct segment *s, int ms)
{
	struct frame f;

	while (next_frame(l, &f, ms)) {
		if (packet_decode(f.packet, f.len, !f.offload, s) != WIRE_OK || s->dport != PORT)
			continue;
		came_by = f.path;
		s->offload = f.offload;
		s->when = f.when;
		return true;
	}
	return false;
}

void send_segment(struct link *l, const struct path *to, const struct segment *s)
{
	static uint8_t packet[65535];
	size_t len = packet_encode(s, packet, sizeof(packet));

	ck_assert_uint_gt(len, 0);
	l->ops->send(l, to, packet, len, 0);
	l->ops->flush(l);
}

void reply(struct link *l, const struct segment *to, struct segment *s)
{
	s->src = to->dst;
	s->dst = to->src;
	s->sport = to->dport;
	s->dport = to->sport;
	s->ack = to->seq + 1;
	s->window = 65535;
	s->ttl = 64;
	send_segment(l, &came_by, s);
	ck_assert_int_eq(l->counters.last_error, 0);
}

void answer(struct link *l, const struct segment *syn, uint16_t mss)
{
	struct segment s = {
		.seq = OUR_ISS,
		.flags = TCP_SYN | TCP_ACK,
		.opt = {2, 4, (uint8_t)(mss >> 8), (uint8_t)mss, 1, 3, 3, 2},
		.opt_len = 8,
	};

	reply(l, syn, &s);
}

void open_window(struct link *l, const struct segment *syn)
{
	struct segment s = {.seq = OUR_ISS + 1, .flags = TCP_ACK};

	reply(l, syn, &s);
}

struct segment syn_to(const char *from, const char *to, uint32_t seq)
{
	return (struct segment){
		.src = addr_of(from),
		.dst = addr_of(to),
		.sport = 4000,
		.dport = PORT,
		.seq = seq,
		.flags = TCP_SYN,
		.ttl = 64,
	};
}

void arrive(struct bench *b, const char *interface, const char *address, int side)
{
	*b = (struct bench){.link = open_link(server_side, interface)};
	b->guard = open_guard(address);
	b->client = connect_from(side, address);
	ck_assert(next_segment(b->link, &b->syn, PATIENCE));
	ck_assert_uint_eq(b->syn.flags & ~(TCP_ECE | TCP_CWR), TCP_SYN);
	ck_assert(b->syn.offload); /* veth and lo leave the checksum to the receiver */
}

void leave(struct bench *b)
{
	close(b->client);
	close(b->guard);
	b->link->ops->close(b->link);
}

int bench_run(const char *name, const TTest *const *tests)
{
	if (!build_networks())
		skip("no right to build the test's networks");
	return unit_run(name, tests);
}

bool answers_for(struct link *l, unsigned owns)
{
	const struct prefix own[] = {prefix_of("10.9.0.77"), prefix_of("fd09::77")};
	const struct prefix client = prefix_of("::/0");
	struct answering *answering = answering_new(&client, 1);
	bool answers;

	if (owns)
		answering_add(answering, l->name, own, owns);
	answers = l->ops->answer_for(l, answering);
	answering_put(answering);
	return answers;
}
