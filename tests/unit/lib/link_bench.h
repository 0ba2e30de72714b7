/* SPDX-License-Identifier: MIT */
/*
 * The packet link and the guard against the kernel's own client, in two network namespaces:
 *
 *   server: lo, veth0 10.9.0.1/24 fd09::1/64      client: lo, veth1 10.9.0.2/24 fd09::2/64
 */
#ifndef SYNACKD_TESTS_LINK_BENCH_H
#define SYNACKD_TESTS_LINK_BENCH_H

#include "unit.h"

#include "base/text.h"
#include "link/guard.h"
#include "link/interface.h"
#include "link/packet.h"
#include "netns.h"
#include "wire/packet.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <time.h>

#define PORT       7000
#define OUR_ISS    1000u
#define SERVER_V4  "10.9.0.1"
#define SERVER_V6  "fd09::1"
#define SERVER_MAC "\x02\x09\0\0\0\x01"
#define CLIENT_MAC "\x02\x09\0\0\0\x02"

static int server_side; /* the namespaces */
static int client_side;

static struct path came_by; /* the segment that next_segment gave last */

static inline void enter(int side)
{
	ck_assert_int_eq(setns(side, CLONE_NEWNET), 0);
}

static inline int this_namespace(void)
{
	return open("/proc/thread-self/ns/net", O_RDONLY);
}

static inline bool add_server_v6(void)
{
	return ip("address add fd09::1/64 dev veth0 nodad") &&
	       ip("address add fe80::1/64 dev veth0 nodad");
}

static inline bool build_networks(void)
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

static inline struct addr addr_of(const char *text)
{
	struct addr a;

	ck_assert(addr_parse(text, &a));
	return a;
}

static inline int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static inline struct link *open_link(int side, const char *interface)
{
	char *error = NULL;
	struct link *l;

	enter(side);
	l = packet_open(interface, &error);
	ck_assert_msg(l != NULL, "%s", error);
	ck_assert_str_eq(l->name, interface);
	return l;
}

static inline int open_guard(const char *address)
{
	struct addr a = addr_of(address);
	char *error = NULL;
	int fd;

	enter(server_side);
	fd = guard_open(&a, PORT, &error);
	ck_assert_msg(fd >= 0, "%s", error);
	return fd;
}

/* Begin a connect of the kernel's client; on the server's side it is a client on the same host.
 * When closed it resets, so that no FIN of it, sent again and again, comes into the next test. */
static inline int connect_from(int side, const char *address)
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

/* What became of a connect within `ms`: 0, an errno, or EINPROGRESS. */
static inline int outcome(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int error = EINPROGRESS;

	if (poll(&p, 1, ms) > 0)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

/* A plain socket that sees what comes in at an interface, by other code than the link's. */
static inline int open_sniffer(int side, const char *interface)
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

/* How many segments with PORT for a source have come in since the last call, and their flags. */
static inline unsigned sniffed(int fd, uint8_t *flags)
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

/* The next frame within `ms`. */
static inline bool next_frame(struct link *l, struct frame *f, int ms)
{
	int64_t end = now() + ms * NS_PER_MS;

	do {
		struct pollfd p = {.fd = l->fd, .events = POLLIN};
		int got = l->ops->receive(l, f);

		ck_assert_int_ge(got, 0);
		if (got)
			return true;
		poll(&p, 1, 10);
	} while (now() < end);
	return false;
}

/* The next segment to PORT within `ms`; what we sent comes in on lo, too. */
static inline bool next_segment(struct link *l, struct segment *s, int ms)
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

static inline void send_segment(struct link *l, const struct path *to, const struct segment *s)
{
	static uint8_t packet[65535];
	size_t len = packet_encode(s, packet, sizeof(packet));

	ck_assert_uint_gt(len, 0);
	l->ops->send(l, to, packet, len, 0);
	l->ops->flush(l);
}

static inline void reply(struct link *l, const struct segment *to, struct segment *s)
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

/* A SYN-ACK made by hand, with a window scale of 2. */
static inline void answer(struct link *l, const struct segment *syn, uint16_t mss)
{
	struct segment s = {
		.seq = OUR_ISS,
		.flags = TCP_SYN | TCP_ACK,
		.opt = {2, 4, (uint8_t)(mss >> 8), (uint8_t)mss, 1, 3, 3, 2},
		.opt_len = 8,
	};

	reply(l, syn, &s);
}

/* The client sends no more at once than half the largest window it has seen. */
static inline void open_window(struct link *l, const struct segment *syn)
{
	struct segment s = {.seq = OUR_ISS + 1, .flags = TCP_ACK};

	reply(l, syn, &s);
}

static inline struct segment syn_to(const char *from, const char *to, uint32_t seq)
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

__attribute__((unused)) static const struct path to_server = {.remote = SERVER_MAC,
							      .local = CLIENT_MAC};

struct bench {
	struct link *link;
	int guard;
	int client;
	struct segment syn;
};

static inline void arrive(struct bench *b, const char *interface, const char *address, int side)
{
	*b = (struct bench){.link = open_link(server_side, interface)};
	b->guard = open_guard(address);
	b->client = connect_from(side, address);
	ck_assert(next_segment(b->link, &b->syn, PATIENCE));
	ck_assert_uint_eq(b->syn.flags & ~(TCP_ECE | TCP_CWR), TCP_SYN);
	ck_assert(b->syn.offload); /* the checksum was left to veth and lo */
}

static inline void leave(struct bench *b)
{
	close(b->client);
	close(b->guard);
	b->link->ops->close(b->link);
}

/* The main function of a program on this bench. */
static inline int bench_run(const char *name, const TTest *const *tests)
{
	if (!build_networks())
		skip("no right to build the test's networks");
	return unit_run(name, tests);
}

#endif
