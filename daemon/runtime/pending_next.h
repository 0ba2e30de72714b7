/* SPDX-License-Identifier: MIT */
/* pending_next: behaviours for the next attempts of a client, as operators request them. It is the
 * main thread's side of engine/attempt.h; it knows names and compiles behaviours. */
#ifndef SYNACKD_RUNTIME_PENDING_NEXT_H
#define SYNACKD_RUNTIME_PENDING_NEXT_H

#include "engine/attempt.h"
#include "runtime/live_state.h"

struct pending_next {
	struct attempt_override override;
	struct override_rules
		*former; /* that the workers have until pending_next_look(); or NULL */
	uint64_t id;
	char *behaviour; /* the text as written */
	char *endpoint;  /* name of the only endpoint; NULL: all */
	uint32_t number; /* number of this endpoint */
	uint32_t times;
	uint32_t left; /* attempts left at the last pending_next_look() */
};

/* Adds an entry for the endpoint `only`, or for all endpoints if it is NULL. Returns NULL if that
 * fails; the error is in `diag`. Warns in `diag` if part of the behaviour does not reach the client
 * at the first endpoint concerned. The result is valid until the next change. */
const struct pending_next *pending_next_add(struct daemon *d, const struct prefix *client,
					    const char *behaviour, uint32_t times,
					    const struct live_endpoint *only, struct diag *diag);

/* Updates d->next: deletes the entries that clients have used up, and sets `left`. */
void pending_next_look(struct daemon *d);

/* Deletes the entry with the index `i` in d->next. The caller then calls pending_next_look(). */
void pending_next_cancel(struct daemon *d, unsigned i);

/* Call when endpoints were added, removed or reloaded. Entries then apply to the present endpoints.
 * If `diag` is not NULL, all behaviours are compiled again, and failures are warnings there. */
void pending_next_follow(struct daemon *d, struct diag *diag);

void pending_next_free_all(struct daemon *d);

#endif
