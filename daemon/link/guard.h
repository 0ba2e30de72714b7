/* SPDX-License-Identifier: MIT */
/*
 * Keeps the kernel quiet about a port that we answer on an address that it owns: a listening
 * kernel socket that hears no client. No firewall rule; when the process dies, nothing is left.
 * Below port 1024 it needs CAP_NET_BIND_SERVICE.
 *
 * Deaf it is by a filter that drops everything. Recent kernels (seen on 6.18.44) want CAP_NET_ADMIN
 * for that on a TCP socket, as a filter can spy on sequence numbers. Without it, the socket hears
 * only who signs (RFC 2385) with a key that no client has: this needs no capability.
 */
#ifndef SYNACKD_LINK_GUARD_H
#define SYNACKD_LINK_GUARD_H

#include "wire/addr.h"

/*
 * Guard one address and port (host byte order). Returns the socket, or -1 with *error (owned by
 * the caller) one sentence: port in use, no such address, a capability is missing, port 0, too
 * many open files. It is deaf before bind, there is no SO_REUSEADDR, IPv6 sockets are
 * V6ONLY.
 */
int guard_open(const struct addr *address, uint16_t port, char **error);

/* May this process make guards at all, as far as capabilities go? */
bool guard_permitted(void);

#endif
