/* SPDX-License-Identifier: MIT */
/* The kernel is silent under a guard, and its client accepts our SYN-ACK. */
#include "link_bench.h"

#include "wire/packet_decode.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define RETRANSMITS (NS_PER_S / 2) /* the client's kernel retransmits after at least a second */

/* Returns the next segment, without retransmissions of the SYN that a slow test causes. */
static bool next_new_segment(struct bench *b, struct segment *s, int ms)
{
	while (next_segment(b->link, s, ms))
		if (s->flags != b->syn.flags || s->when < b->syn.when + RETRANSMITS)
			return true;
	return false;
}

/* Returns the number of segments that the sniffer has seen, at least one within PATIENCE, and their
 * flags. */
static unsigned sniffed_in_time(int sniffer, uint8_t *flags)
{
	int64_t end = wall_clock() + PATIENCE * NS_PER_MS;
	unsigned count;

	while ((count = sniffed(sniffer, flags)) == 0 && wall_clock() < end)
		poll(&(struct pollfd){.fd = sniffer, .events = POLLIN}, 1, 100);
	return count;
}

static void converse(const char *interface, const char *address, int side)
{
	int sniffer = open_sniffer(side, side == server_side ? "lo" : "veth1");
	int64_t before = wall_clock();
	struct segment ack;
	struct bench b;
	uint8_t flags;

	arrive(&b, interface, address, side);
	ck_assert_int_ge(b.syn.when, before);
	ck_assert_int_le(b.syn.when, wall_clock());

	ck_assert_int_eq(outcome(b.client, 200), EINPROGRESS);
	ck_assert_uint_eq(sniffed(sniffer, &flags), 0); /* the kernel sends nothing */
	ck_assert(!next_new_segment(&b, &ack, 50));     /* and the SYN arrives exactly once */

	answer(b.link, &b.syn, 1460);
	ck_assert_int_eq(outcome(b.client, PATIENCE), 0);
	ck_assert(next_new_segment(&b, &ack, PATIENCE));
	ck_assert_uint_eq(ack.flags, TCP_ACK);
	ck_assert_uint_eq(ack.seq, b.syn.seq + 1);
	ck_assert_uint_eq(ack.ack, OUR_ISS + 1);
	ck_assert_uint_eq(sniffed_in_time(sniffer, &flags), 1);
	ck_assert_uint_eq(flags, TCP_SYN | TCP_ACK);
	ck_assert_uint_eq(b.link->counters.frames_out, 1);
	ck_assert_uint_eq(b.link->counters.failed_out, 0);
	leave(&b);
	close(sniffer);
}

START_TEST(lo_v4)
{
	converse("lo", "127.0.0.1", server_side);
	converse("lo", "127.7.0.1", server_side);
}
END_TEST

START_TEST(lo_v6)
{
	converse("lo", "::1", server_side);
}
END_TEST

START_TEST(lo_to_an_address_of_veth_v4)
{
	converse("lo", SERVER_V4, server_side);
}
END_TEST

START_TEST(lo_to_an_address_of_veth_v6)
{
	converse("lo", SERVER_V6, server_side);
}
END_TEST

START_TEST(lo_to_a_link_local)
{
	converse("lo", "fe80::1", server_side);
}
END_TEST

START_TEST(veth_v4)
{
	converse("veth0", SERVER_V4, client_side);
}
END_TEST

START_TEST(veth_v6)
{
	converse("veth0", SERVER_V6, client_side);
}
END_TEST

/* Proves that the other tests would see an RST of the kernel. */
START_TEST(without_guard_the_kernel_resets)
{
	int sniffer = open_sniffer(client_side, "veth1");
	int client = connect_from(client_side, SERVER_V4);
	uint8_t flags;

	ck_assert_int_eq(outcome(client, PATIENCE), ECONNREFUSED);
	ck_assert_uint_eq(sniffed_in_time(sniffer, &flags), 1);
	ck_assert_uint_eq(flags, TCP_RST | TCP_ACK);
	close(client);
	close(sniffer);
}
END_TEST

static pid_t start_daemon(const char *interface, const char *address)
{
	char ready;
	int pipes[2];
	pid_t pid;

	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		open_link(server_side, interface);
		open_guard(address);
		if (write(pipes[1], "r", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(pipes[0], &ready, 1), 1);
	close(pipes[0]);
	close(pipes[1]);
	return pid;
}

static void kill_daemon(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void kill_and_look(const char *interface, const char *address, int side)
{
	pid_t pid = start_daemon(interface, address);
	int client = connect_from(side, address);
	struct addr a = addr_of(address);
	union sockaddr_ip to;
	socklen_t len;
	int fd;

	ck_assert_int_eq(outcome(client, 200), EINPROGRESS);
	kill_daemon(pid);
	ck_assert_int_eq(outcome(client, PATIENCE), ECONNREFUSED); /* after its next SYN */
	close(client);

	enter(server_side);
	len = interface_sockaddr(&a, PORT, &to);
	fd = socket(to.any.sa_family, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, &to.any, len), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	client = connect_from(side, address);
	ck_assert_int_eq(outcome(client, PATIENCE), 0);
	close(client);
	close(fd);
}

START_TEST(after_sigkill_v4)
{
	kill_and_look("lo", "127.0.0.1", server_side);
}
END_TEST

START_TEST(after_sigkill_v6)
{
	kill_and_look("veth0", SERVER_V6, client_side);
}
END_TEST

START_TEST(interface_down_and_up)
{
	struct bench b;
	struct frame f;
	int downs = 0;

	arrive(&b, "veth0", SERVER_V4, client_side);
	enter(server_side);
	ck_assert(ip("link set veth0 down"));
	for (int i = 0; i < 100; i++) {
		int got = b.link->ops->receive(b.link, &f);

		ck_assert_int_le(got, 0);
		if (got < 0)
			ck_assert_int_eq(errno, ENETDOWN);
		downs -= got;
	}
	ck_assert_int_eq(downs, 1);
	ck_assert_int_eq(poll(&(struct pollfd){.fd = b.link->fd, .events = POLLIN}, 1, 10), 0);

	b.link->ops->send(b.link, &to_server, (const uint8_t *)"\x45", 1, 0);
	b.link->ops->flush(b.link);
	ck_assert_uint_eq(b.link->counters.failed_out, 1);
	ck_assert_int_eq(b.link->counters.last_error, ENETDOWN);
	b.link->counters.last_error = 0;

	ck_assert(ip("link set veth0 up"));
	ck_assert(next_segment(b.link, &b.syn, PATIENCE)); /* the client's next SYN */
	answer(b.link, &b.syn, 1460);
	ck_assert_int_eq(outcome(b.client, PATIENCE), 0);
	ck_assert(add_server_v6()); /* removed by the kernel when the interface went down */
	leave(&b);
}
END_TEST

/* --- several workers -------------------------------------------------------------------------- */

#define WORKERS 3
#define CLIENTS 40

struct crowd {
	struct link *worker[WORKERS];
	struct link *clients;
};

static void gather(struct crowd *c, const char *interface)
{
	char *error = NULL;

	*c = (struct crowd){.clients = open_link(client_side, "veth1")};
	enter(server_side);
	ck_assert_msg(packet_open_shared(interface, WORKERS, c->worker, &error), "%s", error);
}

static void disperse(struct crowd *c)
{
	for (int i = 0; i < WORKERS; i++)
		c->worker[i]->ops->close(c->worker[i]);
	c->clients->ops->close(c->clients);
}

/* Returns the worker that has received a SYN, or -1 if none has. */
static int receiver_of(const struct crowd *c, struct segment *syn)
{
	int64_t end = wall_clock() + PATIENCE * NS_PER_MS;
	struct pollfd waiting[WORKERS];
	struct frame f;

	for (int i = 0; i < WORKERS; i++)
		waiting[i] = (struct pollfd){.fd = c->worker[i]->fd, .events = POLLIN};
	while (wall_clock() < end) {
		for (int i = 0; i < WORKERS; i++)
			while (c->worker[i]->ops->receive(c->worker[i], &f) > 0)
				if (packet_decode(f.packet, f.len, true, syn) == WIRE_OK &&
				    syn->dport == PORT)
					return i;
		poll(waiting, WORKERS, 100);
	}
	return -1;
}

/* Returns the worker that receives the SYN of this client. A copy at another worker would fail the
 * next call. */
static int whose(const struct crowd *c, bool v4, int client, uint16_t port)
{
	static uint32_t seq;
	struct segment syn = syn_to(v4 ? "10.9.0.2" : "fd09::2", v4 ? SERVER_V4 : SERVER_V6, ++seq);
	struct segment got;
	int worker;

	syn.src.b[15] = (uint8_t)(10 + client);
	syn.sport = port;
	send_segment(c->clients, &to_server, &syn);
	worker = receiver_of(c, &got);
	ck_assert_int_ge(worker, 0);
	ck_assert_uint_eq(got.seq, seq);
	return worker;
}

static void receive_clients(const struct crowd *c, bool v4, int of[CLIENTS])
{
	int count[WORKERS] = {0};

	for (int client = 0; client < CLIENTS; client++) {
		of[client] = whose(c, v4, client, 4000);
		count[of[client]]++;
		for (uint16_t port = 4001; port < 4004; port++)
			ck_assert_int_eq(whose(c, v4, client, port), of[client]);
	}
	for (int i = 0; i < WORKERS; i++)
		ck_assert_int_gt(count[i], CLIENTS / WORKERS / 3);
}

/* Each worker must receive the error ENETDOWN exactly once. */
static void come_up(const struct crowd *c)
{
	struct frame f;

	ck_assert(ip("link set veth0 up"));
	ck_assert(add_server_v6()); /* removed by the kernel when the interface went down */
	for (int i = 0; i < WORKERS; i++) {
		int downs = 0;

		for (int k = 0; k < 100; k++)
			downs += c->worker[i]->ops->receive(c->worker[i], &f) < 0;
		ck_assert_int_eq(downs, 1);
	}
}

/* Each segment arrives at one worker, which is the same for all segments of a client, also after
 * the interface was down. */
START_TEST(shared_among_workers)
{
	int v4[CLIENTS], v6[CLIENTS], again[CLIENTS];
	struct crowd c;

	gather(&c, "veth0");
	receive_clients(&c, true, v4);
	receive_clients(&c, false, v6);
	ck_assert(ip("link set veth0 down"));
	come_up(&c);
	receive_clients(&c, true, again);
	ck_assert_mem_eq(v4, again, sizeof(v4));
	receive_clients(&c, false, again);
	ck_assert_mem_eq(v6, again, sizeof(v6));
	disperse(&c);
}
END_TEST

/* The kernel may permit no fanout on an interface that is down. The distribution must be the same
 * afterwards. */
START_TEST(shared_while_down)
{
	int before[CLIENTS], after[CLIENTS];
	struct crowd c;

	gather(&c, "veth0");
	receive_clients(&c, true, before);
	disperse(&c);
	ck_assert(ip("link set veth0 down"));
	gather(&c, "veth0");
	come_up(&c);
	receive_clients(&c, true, after);
	ck_assert_mem_eq(before, after, sizeof(before));
	disperse(&c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lo_v4,
		lo_v6,
		lo_to_an_address_of_veth_v4,
		lo_to_an_address_of_veth_v6,
		lo_to_a_link_local,
		veth_v4,
		veth_v6,
		without_guard_the_kernel_resets,
		after_sigkill_v4,
		after_sigkill_v6,
		interface_down_and_up,
		shared_among_workers,
		shared_while_down,
		NULL,
	};

	return bench_run("packet", tests);
}
