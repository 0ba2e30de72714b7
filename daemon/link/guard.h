/* SPDX-License-Identifier: MIT */
/*
 * Keeps the kernel quiet about a port that we answer on an address that it owns: a listening
 * kernel socket whose filter drops everything. No firewall rule; when the process dies, nothing is
 * left. Below port 1024 it needs CAP_NET_BIND_SERVICE. Recent kernels (seen on 6.18.44) also want
 * CAP_NET_ADMIN for a filter on a TCP socket; that of a user namespace will do for its networks.
 */
#ifndef SYNACKD_LINK_GUARD_H
#define SYNACKD_LINK_GUARD_H

#include "wire/addr.h"

/*
 * Guard one address and port (host byte order). Returns the socket, or -1 with *error (owned by
 * the caller) one sentence: port in use, no such address, a capability is missing, port 0, too
 * many open files. The filter is attached before bind, there is no SO_REUSEADDR, IPv6 sockets are
 * V6ONLY.
 */
int guard_open(const struct addr *address, uint16_t port, char **error);

/* May this process make guards at all, as far as capabilities go? */
bool guard_permitted(void);

#endif
