/* SPDX-License-Identifier: MIT */
/* placement: finds the places of endpoints. Guards silence the kernel at an address that it owns;
 * synackd itself answers for a virtual address, on the network of an interface. */
#ifndef SYNACKD_RUNTIME_PLACEMENT_H
#define SYNACKD_RUNTIME_PLACEMENT_H

#include "runtime/live_state.h"

/*
 * Opens the links of a config, which may be d->config or its successor. The interfaces are the
 * first of these that is not empty: the interfaces of the setup, the interfaces of the config, or
 * lo and the interfaces that own the address of an endpoint.
 *
 * An interface that a reload no longer names stays open; see placement_wants_link(). On failure
 * returns false, and *error is a message that the caller frees.
 */
bool placement_open_links(struct daemon *d, const struct config *c, char **error);

/* Returns true if the interface is wanted: if the setup, the config or a placed endpoint names it,
 * or if neither setup nor config names any interfaces. */
bool placement_wants_link(const struct daemon *d, const char *name);

/* Finds the place of an endpoint and opens its link and, if the kernel owns the address, its
 * guards. Sets l->problem, and logs it, if the endpoint cannot answer. */
void placement_take(struct daemon *d, struct live_endpoint *l);

/* placement_take() of each endpoint that has no guards and is not removed. Asks the kernel once for
 * the addresses of its interfaces. */
void placement_take_all(struct daemon *d);

/* Returns true if the kernel of this host owns the address. */
bool placement_owns(const struct addr *a);

/* Call when the kernel owns an address again that it had lost; the guards are still open. Opens the
 * link that the address has now. Sets l->problem as placement_take() does. */
void placement_return(struct daemon *d, struct live_endpoint *l);

/* Logs l->problem, which must not be NULL. */
void placement_log_problem(const struct live_endpoint *l);

/* Closes its guards. */
void placement_leave(struct live_endpoint *l);

#endif
