/* SPDX-License-Identifier: MIT */
#include "link/host_addresses.h"

#include <stddef.h>

static _Thread_local struct ifaddrs *held; /* NULL: none */

struct ifaddrs *host_addresses_get(void)
{
	struct ifaddrs *list = held;

	if (!list && getifaddrs(&list) < 0)
		return NULL;
	return list;
}

void host_addresses_put(struct ifaddrs *list)
{
	if (list && list != held)
		freeifaddrs(list);
}

void host_addresses_hold(void)
{
	held = host_addresses_get();
}

void host_addresses_release(void)
{
	struct ifaddrs *list = held;

	held = NULL;
	host_addresses_put(list);
}
