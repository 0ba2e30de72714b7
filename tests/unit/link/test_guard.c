/* SPDX-License-Identifier: MIT */
#include "addresses.h"
#include "unit.h"

#include "link/guard.h"
#include "netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in v4_loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int bound(uint16_t port)
{
	struct sockaddr_in a = v4_loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int on = 1;

	ck_assert_int_ge(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 1) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	return ntohs(a.sin_port);
}

static uint16_t free_port(void)
{
	int fd = bound(0);
	uint16_t port = port_of(fd);

	close(fd);
	return port;
}

static int guarded(const char *address, uint16_t port)
{
	struct addr a = addr_of(address);
	char *error = NULL;
	int fd = guard_open(&a, port, &error);

	ck_assert_msg(fd >= 0, "%s", error);
	ck_assert_ptr_null(error);
	return fd;
}

static void expect_refused(const char *address, uint16_t port, const char *why)
{
	struct addr a = addr_of(address);
	char *error = NULL;

	ck_assert_int_eq(guard_open(&a, port, &error), -1);
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, why) != NULL, "%s", error);
	free(error);
}

/* Returns the error of a connect(), 0 if it succeeds, or EINPROGRESS if nothing arrives within
 * `ms`. */
static int connect_error(uint16_t port, int ms)
{
	struct sockaddr_in a = v4_loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int error = EINPROGRESS;

	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 && errno != EINPROGRESS)
		error = errno;
	else if (poll(&p, 1, ms) > 0)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	close(fd);
	return error;
}

START_TEST(kernel_is_silent)
{
	uint16_t port = free_port();
	int guard;
	int listener;

	ck_assert_int_eq(connect_error(port, PATIENCE), ECONNREFUSED);
	guard = guarded("127.0.0.1", port);
	ck_assert_int_eq(connect_error(port, 300), EINPROGRESS);
	close(guard);
	ck_assert_int_eq(connect_error(port, PATIENCE), ECONNREFUSED);
	listener = bound(port); /* the guard leaves nothing behind */
	ck_assert_int_ge(listener, 0);
	close(listener);
}
END_TEST

START_TEST(filter_drops_everything)
{
	static const char *const addresses[] = {"127.0.0.1", "::1"};

	for (size_t i = 0; i < 2; i++) {
		int guard = guarded(addresses[i], free_port());
		struct {
			uint16_t code;
			uint8_t jt, jf;
			uint32_t k;
		} filter[4];
		socklen_t len = 4;
		int value;

		ck_assert_int_eq(getsockopt(guard, SOL_SOCKET, SO_GET_FILTER, filter, &len), 0);
		ck_assert_uint_eq(len, 1);
		ck_assert_uint_eq(filter[0].code, 0x06); /* return of a constant */
		ck_assert_uint_eq(filter[0].k, 0);
		len = sizeof(value);
		ck_assert_int_eq(getsockopt(guard, SOL_SOCKET, SO_REUSEADDR, &value, &len), 0);
		ck_assert_int_eq(value, 0);
		close(guard);
	}
}
END_TEST

START_TEST(port_in_use)
{
	int listener = bound(0);
	uint16_t port = port_of(listener);
	int guard;

	expect_refused("127.0.0.1", port, ": in use: ");
	close(listener);
	guard = guarded("127.0.0.1", port);
	expect_refused("127.0.0.1", port, ": in use: ");
	ck_assert_int_eq(bound(port), -1);
	close(guard);
}
END_TEST

/* The guard must not take over the live connections of the port's former server. */
START_TEST(live_connection)
{
	int listener = bound(0);
	uint16_t port = port_of(listener);
	struct sockaddr_in a = v4_loopback(port);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	int server;

	ck_assert_int_eq(connect(client, (struct sockaddr *)&a, sizeof(a)), 0);
	server = accept(listener, NULL, NULL);
	ck_assert_int_ge(server, 0);
	close(listener);
	expect_refused("127.0.0.1", port, "wait up to 60 s");
	close(client);
	close(server);
}
END_TEST

START_TEST(families_are_apart)
{
	uint16_t port = free_port();
	int six = guarded("::", port);
	int four = guarded("127.0.0.1", port);

	close(six);
	close(four);
}
END_TEST

START_TEST(foreign_address)
{
	expect_refused("192.0.2.1", 7000, "192.0.2.1: no interface has this address");
	expect_refused("2001:db8::1", 7000, "2001:db8::1: no interface has this address");
}
END_TEST

START_TEST(port_zero)
{
	expect_refused("127.0.0.1", 0, "port 0 of 127.0.0.1: cannot guard");
}
END_TEST

START_TEST(privileged_port)
{
	close(guarded("127.0.0.1", 7));
	ck_assert(drop_capability(CAP_NET_BIND_SERVICE));
	expect_refused("127.0.0.1", 7, "CAP_NET_BIND_SERVICE");
	close(guarded("127.0.0.1", 1024));
}
END_TEST

/* Recent kernels require CAP_NET_ADMIN for a filter on a TCP socket. Without it the guard sets an
 * MD5 key. */
START_TEST(silent_without_capability)
{
	uint16_t port = free_port();
	int four, six;

	ck_assert(drop_capability(CAP_NET_ADMIN));
	ck_assert(guard_permitted());
	four = guarded("127.0.0.1", port);
	six = guarded("::1", port);
	ck_assert_int_eq(connect_error(port, 300), EINPROGRESS);
	close(four);
	close(six);
	ck_assert_int_eq(connect_error(port, PATIENCE), ECONNREFUSED);
}
END_TEST

START_TEST(too_many_files)
{
	uint16_t port = free_port();
	struct rlimit limit = {.rlim_cur = 3, .rlim_max = 3};
	struct rlimit before;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit.rlim_max = before.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	expect_refused("127.0.0.1", port, "too many open files");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		kernel_is_silent,          filter_drops_everything, port_in_use, live_connection,
		families_are_apart,        foreign_address,         port_zero,   privileged_port,
		silent_without_capability, too_many_files,          NULL,
	};

	own_network();
	return unit_run("guard", tests);
}
