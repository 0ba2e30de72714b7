/* SPDX-License-Identifier: MIT */
#include "kernel_client.h"

#include "base/steady.h"
#include "complain.h"
#include "exit_code.h"
#include "reach.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static nstime seconds_of(const char *name)
{
	const char *value = getenv(name);

	return value ? (nstime)(strtod(value, NULL) * (double)NS_PER_S) : 0;
}

static int milliseconds(nstime left)
{
	return left > 0 ? (int)((left + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

/* Returns a descriptor, or -1 and sets errno. */
static int connect_to(const char *address, const char *port)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				       .ai_socktype = SOCK_STREAM};
	struct addrinfo *to;
	struct pollfd ready = {.events = POLLOUT};
	socklen_t size = sizeof(errno);
	int error = 0;

	if (getaddrinfo(address, port, &hints, &to) != 0) {
		errno = EINVAL;
		return -1;
	}
	ready.fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (connect(ready.fd, to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS)
		error = errno;
	else if (poll(&ready, 1, KERNEL_CLIENT_PATIENCE * 1000) == 0)
		error = ETIMEDOUT;
	else
		getsockopt(ready.fd, SOL_SOCKET, SO_ERROR, &error, &size);
	freeaddrinfo(to);
	if (!error)
		return ready.fd;
	close(ready.fd);
	errno = error;
	return -1;
}

/* Reads and discards all available data. Returns false at the end of the stream or on an error. */
static bool drain(int fd)
{
	char octets[65536];
	ssize_t got;

	while ((got = recv(fd, octets, sizeof(octets), 0)) > 0)
		;
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Sends as many octets as the send buffer takes. Returns false on an error. */
static bool send_some(int fd, size_t *left)
{
	static char octets[65536];
	size_t most = *left < sizeof(octets) ? *left : sizeof(octets);
	ssize_t sent = send(fd, octets, most, MSG_NOSIGNAL);

	if (sent > 0)
		*left -= (size_t)sent;
	return sent > 0 || errno == EAGAIN || errno == EINTR;
}

/* Sends, reads and waits until it is time to close. Returns false if the connection was reset. */
static bool talk(int fd)
{
	nstime pause_ends = monotonic_now() + seconds_of("SYNACK_PAUSE");
	nstime stay = seconds_of("SYNACK_STAY"), closes = NS_NEVER;
	const char *octets = getenv("SYNACK_OCTETS");
	size_t left = octets ? strtoul(octets, NULL, 10) : 0;
	bool open = true;

	for (;;) {
		nstime now = monotonic_now(), until;
		struct pollfd ready = {.fd = fd, .events = left ? POLLOUT : 0};

		if (!left && closes == NS_NEVER)
			closes = now + stay;
		if (now >= closes)
			return true;
		until = closes == NS_NEVER ? now + NS_PER_S : closes;
		if (now < pause_ends)
			until = until < pause_ends ? until : pause_ends;
		else if (open)
			ready.events |= POLLIN;
		if (!open && !left)
			ready.fd = -1; /* poll() only waits */
		poll(&ready, 1, milliseconds(until - now));
		if (ready.revents & POLLERR)
			return false;
		if (ready.revents & POLLIN)
			open = drain(fd);
		if (ready.revents & POLLOUT && left && !send_some(fd, &left))
			return false;
	}
}

int kernel_client(const char *address, const char *port)
{
	int fd = connect_to(address, port);
	bool well;

	if (fd < 0) {
		complain("%s port %s: cannot connect (%s)", address, port, strerror(errno));
		return EXIT_REFUSED;
	}
	well = talk(fd);
	close(fd);
	return well ? EXIT_OK : EXIT_REFUSED;
}
