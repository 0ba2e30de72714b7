/* SPDX-License-Identifier: MIT */
/* Behaviours for the next attempts of a client, as operators ask for them: the main thread's side
 * of engine/attempt.h, which knows names and compiles behaviours. */
#ifndef SYNACKD_RUNTIME_PENDING_NEXT_H
#define SYNACKD_RUNTIME_PENDING_NEXT_H

#include "engine/attempt.h"
#include "runtime/live_state.h"

struct pending_next {
	struct attempt_override override;
	uint64_t id;
	char *behaviour; /* as written */
	char *endpoint;  /* the name; NULL: any */
	uint32_t number; /* of that endpoint */
	uint32_t times;
	uint32_t left; /* as of the last look */
};

/* Add one, for `only` or (NULL) for all endpoints. NULL: why not is in `diag`; there is a warning,
 * too, when not all of it can be had where the client meets it first. Valid until the next change.
 */
const struct pending_next *pending_next_add(struct daemon *d, const struct prefix *client,
					    const char *behaviour, uint32_t times,
					    const struct live_endpoint *only, struct diag *diag);

/* Bring d->next up to date: drop the entries that clients have used up, and set `left`. */
void pending_next_look(struct daemon *d);

/* Take one out, by its place in d->next; the caller then calls pending_next_look(). */
void pending_next_cancel(struct daemon *d, unsigned i);

/* Endpoints were added, removed or read again: what is pending is for those that are there. With
 * `diag` all is compiled again, and what cannot be is said there. */
void pending_next_follow(struct daemon *d, struct diag *diag);

void pending_next_free_all(struct daemon *d);

#endif
