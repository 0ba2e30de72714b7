/* SPDX-License-Identifier: MIT */
/* host_addresses: the interface addresses of this host, by getifaddrs(3). A thread that needs them
 * for many endpoints can ask the kernel once for all. */
#ifndef SYNACKD_LINK_HOST_ADDRESSES_H
#define SYNACKD_LINK_HOST_ADDRESSES_H

#include <ifaddrs.h>

/* Returns the list, or NULL on failure. The caller calls host_addresses_put(). */
struct ifaddrs *host_addresses_get(void);
void host_addresses_put(struct ifaddrs *list); /* NULL is ignored */

/* From here to host_addresses_release(), host_addresses_get() of this thread returns the present
 * list. Must not be nested, and nothing in between may change the addresses. */
void host_addresses_hold(void);
void host_addresses_release(void);

#endif
