/* SPDX-License-Identifier: MIT */
#include "link/address_events.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

int address_events_open(void)
{
	const struct sockaddr_nl groups = {.nl_family = AF_NETLINK,
					   .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	int error;

	if (fd < 0 || bind(fd, (const struct sockaddr *)&groups, sizeof(groups)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Ignores the contents of the messages, because some may be lost (ENOBUFS). The caller must
 * query the addresses instead. */
bool address_events_read(int fd)
{
	char message[8192];
	bool any = false;
	ssize_t n;

	while ((n = recv(fd, message, sizeof(message), MSG_DONTWAIT)) > 0 ||
	       (n < 0 && (errno == ENOBUFS || errno == EINTR)))
		any = true;
	return any;
}
