/* SPDX-License-Identifier: MIT */
/*
 * guard: prevents the kernel from answering segments for an endpoint on an address that the
 * kernel owns.
 *
 * A guard is a listening kernel socket that receives no segments. It needs no firewall rule, and
 * disappears with the process. Ports below 1024 require CAP_NET_BIND_SERVICE.
 *
 * A socket filter discards all segments. Recent kernels (seen on 6.18.44) require CAP_NET_ADMIN
 * for a filter on a TCP socket, because it could spy on sequence numbers. Without that
 * capability, the socket accepts only segments with a TCP MD5 signature (RFC 2385) under a
 * random key, which requires no capability.
 */
#ifndef SYNACKD_LINK_GUARD_H
#define SYNACKD_LINK_GUARD_H

#include "wire/addr.h"

/*
 * Guards one address and port (in host byte order). Returns the socket, which the caller closes.
 * On failure returns -1 and sets *error to a message, which the caller frees: the port is in
 * use, there is no such address, a capability is missing, the port is 0, or too many files are
 * open. The filter is attached before bind(). SO_REUSEADDR is not set; IPv6 sockets are V6ONLY.
 */
int guard_open(const struct addr *address, uint16_t port, char **error);

/* Returns true if this process has the capabilities that every guard requires. */
bool guard_permitted(void);

#endif
