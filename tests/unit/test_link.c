/* SPDX-License-Identifier: MIT */
/* Who answers: the kernel keeps quiet under a guard, and its client takes our SYN-ACK. */
#include "link_bench.h"

#include <signal.h>
#include <sys/wait.h>

static void converse(const char *interface, const char *address, int side)
{
	int sniffer = open_sniffer(side, side == server_side ? "lo" : "veth1");
	int64_t before = now();
	struct segment ack;
	struct bench b;
	uint8_t flags;

	arrive(&b, interface, address, side);
	ck_assert_int_ge(b.syn.when, before);
	ck_assert_int_le(b.syn.when, now());

	ck_assert_int_eq(outcome(b.client, 200), EINPROGRESS);
	ck_assert_uint_eq(sniffed(sniffer, &flags), 0); /* the kernel kept quiet */
	ck_assert(!next_segment(b.link, &ack, 50));     /* and the SYN came once */

	answer(b.link, &b.syn, 1460);
	ck_assert_int_eq(outcome(b.client, 1000), 0);
	ck_assert(next_segment(b.link, &ack, 1000));
	ck_assert_uint_eq(ack.flags, TCP_ACK);
	ck_assert_uint_eq(ack.seq, b.syn.seq + 1);
	ck_assert_uint_eq(ack.ack, OUR_ISS + 1);
	usleep(50000);
	ck_assert_uint_eq(sniffed(sniffer, &flags), 1);
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

START_TEST(lo_to_another_interfaces_v4)
{
	converse("lo", SERVER_V4, server_side);
}
END_TEST

START_TEST(lo_to_another_interfaces_v6)
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

/* The other tests would see the kernel's RST if it sent one. */
START_TEST(without_guard_the_kernel_resets)
{
	int sniffer = open_sniffer(client_side, "veth1");
	int client = connect_from(client_side, SERVER_V4);
	uint8_t flags;

	ck_assert_int_eq(outcome(client, 1000), ECONNREFUSED);
	ck_assert_uint_eq(sniffed(sniffer, &flags), 1);
	ck_assert_uint_eq(flags, TCP_RST | TCP_ACK);
	close(client);
	close(sniffer);
}
END_TEST

static pid_t start_daemon(const char *interface, const char *address)
{
	struct paths paths = {0};
	char ready;
	int pipes[2];
	pid_t pid;

	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		open_link(server_side, interface, &paths);
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
	ck_assert_int_eq(outcome(client, 5000), ECONNREFUSED); /* by its next SYN */
	close(client);

	enter(server_side);
	len = interface_sockaddr(&a, PORT, &to);
	fd = socket(to.any.sa_family, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, &to.any, len), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	client = connect_from(side, address);
	ck_assert_int_eq(outcome(client, 1000), 0);
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
	ck_assert(next_segment(b.link, &b.syn, 5000)); /* the client's next SYN */
	answer(b.link, &b.syn, 1460);
	ck_assert_int_eq(outcome(b.client, 1000), 0);
	ck_assert(add_server_v6()); /* they went when it was down */
	leave(&b);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lo_v4,
		lo_v6,
		lo_to_another_interfaces_v4,
		lo_to_another_interfaces_v6,
		lo_to_a_link_local,
		veth_v4,
		veth_v6,
		without_guard_the_kernel_resets,
		after_sigkill_v4,
		after_sigkill_v6,
		interface_down_and_up,
		NULL,
	};

	return bench_run("link", tests);
}
