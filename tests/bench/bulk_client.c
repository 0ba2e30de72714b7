/* SPDX-License-Identifier: MIT */
/* bulk_client: measures the rate at which the kernel's TCP receives data from a server
 * (`mode=receive`), or at which a server acknowledges its data (`mode=send`). The first tenth of
 * the time is not counted. */
#include "clock.h"
#include "sockets.h"
#include "words.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PIECE    (256 * 1024)
#define PATIENCE 5000 /* ms without progress */

static int connect_to(void)
{
	union address to;
	socklen_t len = address_read(&to, "to", (uint16_t)word_number("port"));
	int fd = socket(to.any.sa_family, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, &to.any, len) < 0)
		die("cannot connect");
	return fd;
}

/* Sends or receives once. Returns the number of octets. */
static ssize_t transfer(int fd, int sends)
{
	static char piece[PIECE];
	struct pollfd p = {.fd = fd, .events = sends ? POLLOUT : POLLIN};
	ssize_t len;

	errno = ETIMEDOUT;
	if (poll(&p, 1, PATIENCE) <= 0)
		die("transfer");
	len = sends ? send(fd, piece, sizeof(piece), MSG_NOSIGNAL | MSG_DONTWAIT)
		    : recv(fd, piece, sizeof(piece), MSG_DONTWAIT);
	if (len == 0)
		errno = ECONNRESET;
	if (len == 0 || (len < 0 && errno != EAGAIN))
		die("transfer");
	return len > 0 ? len : 0;
}

/* Returns the octets in the send buffer, which the server has not acknowledged. */
static int64_t unacknowledged(int fd)
{
	int octets = 0;

	if (ioctl(fd, SIOCOUTQ, &octets) < 0)
		die("SIOCOUTQ");
	return octets;
}

static uint32_t retransmitted(int fd)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	(void)getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	return info.tcpi_total_retrans;
}

int main(int argc, char **argv)
{
	struct word words[] = {{"to", NULL},     {"port", "7000"}, {"mode", NULL},
			       {"seconds", "1"}, {"warm", "0.1"},  {NULL, NULL}};
	int64_t begin, warm, end, octets = 0, before = 0;
	int fd, sends;

	words_read(argc, argv, words);
	sends = word_text("mode")[0] == 's';
	fd = connect_to();
	warm = clock_now() + (int64_t)(word_number("warm") * 1e9);
	end = warm + (int64_t)(word_number("seconds") * 1e9);
	begin = clock_now();
	while (clock_now() < warm)
		before += transfer(fd, sends);
	if (warm > begin) {
		octets = before;
		before -= sends ? unacknowledged(fd) : 0;
		begin = clock_now();
	}
	while (clock_now() < end)
		octets += transfer(fd, sends);
	octets -= sends ? unacknowledged(fd) : 0;
	end = clock_now();
	printf("{\"octets\": %lld, \"seconds\": %.6f, \"retransmitted\": %u}\n",
	       (long long)(octets - before), (double)(end - begin) / 1e9, retransmitted(fd));
	close(fd);
	return octets <= before;
}
