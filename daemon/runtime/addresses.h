/* SPDX-License-Identifier: MIT */
/* Endpoints follow the addresses of this host: one whose address is gone has a problem until it is
 * back, and one that had no place takes the address that comes. */
#ifndef SYNACKD_RUNTIME_ADDRESSES_H
#define SYNACKD_RUNTIME_ADDRESSES_H

#include "runtime/live_state.h"

struct address_watch;

/* Before the endpoints are placed, so that no change is missed. Where the kernel tells nothing,
 * that is logged, and a reload finds changes. */
struct address_watch *addresses_watch(struct daemon *d);
void addresses_free(struct address_watch *w); /* NULL is fine */

#endif
