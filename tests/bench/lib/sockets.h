/* SPDX-License-Identifier: MIT */
/* sockets: sockets of the kernel's TCP, for clients and servers. */
#ifndef BENCH_SOCKETS_H
#define BENCH_SOCKETS_H

#include <netinet/in.h>
#include <stdint.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Reads an address from the argument `name`. Returns its length. */
socklen_t address_read(union address *a, const char *name, uint16_t port);

/* Adds a number to the last 32 bits of the address. */
void address_add(union address *a, uint32_t number);

/* Returns a listener on the arguments `address` and `port` that does not block. */
int listen_at(void);

/* Raises the limit of descriptors to the maximum of this process. */
void raise_descriptors(void);

#endif
