/* SPDX-License-Identifier: MIT */
#include "sockets.h"

#include "words.h"

#include <string.h>
#include <sys/resource.h>

#define BACKLOG 8192

socklen_t address_read(union address *a, const char *name, uint16_t port)
{
	uint8_t octets[16];
	unsigned len = word_address(name, octets);

	memset(a, 0, sizeof(*a));
	if (len == 4) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons(port);
		memcpy(&a->v4.sin_addr, octets, 4);
		return sizeof(a->v4);
	}
	a->v6.sin6_family = AF_INET6;
	a->v6.sin6_port = htons(port);
	memcpy(&a->v6.sin6_addr, octets, 16);
	return sizeof(a->v6);
}

void address_add(union address *a, uint32_t number)
{
	uint32_t *last = a->any.sa_family == AF_INET ? &a->v4.sin_addr.s_addr
						     : &a->v6.sin6_addr.s6_addr32[3];

	*last = htonl(ntohl(*last) + number);
}

int listen_at(void)
{
	union address a;
	socklen_t len = address_read(&a, "address", (uint16_t)word_number("port"));
	int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, &a.any, len) < 0 || listen(fd, BACKLOG) < 0)
		die("cannot listen");
	return fd;
}

void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}
