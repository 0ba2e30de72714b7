/* SPDX-License-Identifier: MIT */
/* address_events: reports when an address is added to this host or removed, by rtnetlink(7). */
#ifndef SYNACKD_LINK_ADDRESS_EVENTS_H
#define SYNACKD_LINK_ADDRESS_EVENTS_H

#include <stdbool.h>

/* Opens a socket that becomes readable when an address of this network namespace is added or
 * removed. The caller closes it. On failure returns -1 and sets errno. */
int address_events_open(void);

/* Reads all pending messages. Returns true if an address may have been added or removed. Never
 * blocks. */
bool address_events_read(int fd);

#endif
