/* SPDX-License-Identifier: MIT */
/* The kernel says when an address of this host comes or goes: rtnetlink(7). */
#ifndef SYNACKD_LINK_ADDRESS_EVENTS_H
#define SYNACKD_LINK_ADDRESS_EVENTS_H

#include <stdbool.h>

/* A socket, of the caller, that is readable when an address of this network namespace came or went.
 * Returns -1, with errno set, if the kernel tells this process nothing. */
int address_events_open(void);

/* Take all that was said. Returns true if an address may have come or gone. Never waits. */
bool address_events_read(int fd);

#endif
