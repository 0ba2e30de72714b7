/* SPDX-License-Identifier: MIT */
/* Places for endpoints: an address that the kernel has is kept quiet by guards; for one beside it,
 * on a network of an interface, synackd answers itself. */
#ifndef SYNACKD_RUNTIME_PLACEMENT_H
#define SYNACKD_RUNTIME_PLACEMENT_H

#include "runtime/live_state.h"

/*
 * Open the links of a config, under way or d->config: the interfaces that the setup names, or else
 * the config; or else lo and those that own an endpoint's address. An interface that a reload no
 * longer names stays open, see placement_wants_link(). False: *error, owned by the caller, is one
 * sentence.
 */
bool placement_open_links(struct daemon *d, const struct config *c, char **error);

/* Is the interface of an open link named by the setup, the config or a placed endpoint? Without
 * such a list each interface may be used. */
bool placement_wants_link(const struct daemon *d, const char *name);

/* Find out where the endpoint's address is, and open what that needs: a link, and guards where the
 * kernel has it, too. Otherwise l->problem says why it does not answer, which is logged. */
void placement_take(struct daemon *d, struct live_endpoint *l);

/* Is it an address of the kernel's on this host? */
bool placement_owns(const struct addr *a);

/* The address that the kernel had, and lost, is back, and the guards are there still: open the link
 * that it has now. l->problem as above. */
void placement_return(struct daemon *d, struct live_endpoint *l);

/* The endpoint has a problem: say so. */
void placement_log_problem(const struct live_endpoint *l);

/* Give up its guards. */
void placement_leave(struct live_endpoint *l);

#endif
