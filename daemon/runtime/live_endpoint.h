/* SPDX-License-Identifier: MIT */
/* live_endpoint: the endpoints of a live run. Operators add and remove endpoints while it runs. */
#ifndef SYNACKD_RUNTIME_LIVE_ENDPOINT_H
#define SYNACKD_RUNTIME_LIVE_ENDPOINT_H

#include "runtime/live_state.h"

#define LIVE_ENDPOINTS_ADDED_MAX 1024 /* endpoints */

/* The difference from the config. */
enum live_endpoint_change { CHANGE_NONE, CHANGE_SET, CHANGE_ADDED, CHANGE_REMOVED };

enum live_endpoint_change live_endpoint_change(const struct live_endpoint *l);
const char *live_endpoint_change_name(
	enum live_endpoint_change c); /* "added"; NULL for CHANGE_NONE */

/* Returns the endpoint of this name, even if it was removed, or NULL. */
struct live_endpoint *live_endpoint_named(struct daemon *d, const char *name);
/* Returns all endpoints in the order of their names, d->lives of them; the caller frees the list.
 * It is valid until the next change. */
struct live_endpoint **live_endpoints_by_name(struct daemon *d);
/* live_endpoint_named() for a list of live_endpoints_by_name(): the cost is the logarithm of their
 * number. */
struct live_endpoint *live_endpoint_among(struct live_endpoint *const *by_name, unsigned count,
					  const char *name);
/* Returns the endpoint of this name or place that is not removed, or NULL. */
struct live_endpoint *live_endpoint_find(struct daemon *d, const char *endpoint);
/* Returns the endpoint of this name or place; a removed endpoint only if there is no other. */
struct live_endpoint *live_endpoint_find_any(struct daemon *d, const char *endpoint);

/* Returns the present behaviour, as written. */
const char *live_endpoint_behaviour(const struct live_endpoint *l);
/* Sets the rules. Takes over the reference. They are in force after publish(). */
void live_endpoint_use(struct live_endpoint *l, struct ruleset *rules);

/* Returns when the endpoint expires, in ns since the Unix epoch; NS_NEVER if it does not. */
nstime live_endpoint_until(const struct live_endpoint *l);

/* Returns the number of endpoints that are not removed. */
unsigned live_endpoint_count(const struct daemon *d);

/* Frees the list, the contents of each endpoint, and its guards. */
void live_endpoints_free(struct live_endpoint *live, unsigned count);

/* Resolves the servers of relays, of `lives` endpoints (except removed ones) and of `e`. Returns
 * false if a server cannot be resolved or is a relay of this daemon; the error is in `diag`. */
bool live_endpoints_resolve(const struct live_endpoint *live, unsigned lives,
			    const struct endpoint_config *e, struct diag *diag);

/*
 * Adds an endpoint for `lifetime` (NS_NEVER: until it is removed, or until a restart). It answers
 * at once, or when the probe of its address ends. Returns NULL if it cannot answer; the error is in
 * `diag`. The result is valid until the next change.
 */
struct live_endpoint *live_endpoint_add(struct daemon *d, const struct endpoint_words *words,
					nstime lifetime, struct diag *diag);

/* Removes an endpoint and resets its connections, as the kernel would. Returns their number. A
 * reset (daemon_reset()) restores an endpoint of the config. An endpoint that was added is deleted,
 * and `l` with it. */
size_t live_endpoint_remove(struct daemon *d, struct live_endpoint *l);

/* Returns true if a removed endpoint can return beside the endpoints that were added since.
 * Otherwise the error is in `diag`. */
bool live_endpoint_may_return(const struct daemon *d, const struct live_endpoint *l,
			      struct diag *diag);

#endif
