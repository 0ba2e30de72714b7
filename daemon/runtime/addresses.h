/* SPDX-License-Identifier: MIT */
/* addresses: endpoints follow the addresses of this host. An endpoint whose address disappears has
 * a problem until the address returns, and an endpoint without a place takes its address when it
 * appears. */
#ifndef SYNACKD_RUNTIME_ADDRESSES_H
#define SYNACKD_RUNTIME_ADDRESSES_H

#include "runtime/live_state.h"

struct address_watch;

/* Call before the endpoints are placed, so that no change is missed. If the kernel does not report
 * changes, that is logged, and only a reload finds them. */
struct address_watch *addresses_watch(struct daemon *d);
void addresses_free(struct address_watch *w); /* NULL is ignored */

#endif
