/* SPDX-License-Identifier: MIT */
/* Endpoints as they run: which there are, and what operators add and remove. */
#ifndef SYNACKD_RUNTIME_LIVE_ENDPOINT_H
#define SYNACKD_RUNTIME_LIVE_ENDPOINT_H

#include "runtime/live_state.h"

#define LIVE_ENDPOINTS_ADDED_MAX 1024 /* endpoints */

/* What differs from the config. */
enum live_endpoint_change { CHANGE_NONE, CHANGE_SET, CHANGE_ADDED, CHANGE_REMOVED };

enum live_endpoint_change live_endpoint_change(const struct live_endpoint *l);
const char *live_endpoint_change_name(
	enum live_endpoint_change c); /* "added"; NULL for CHANGE_NONE */

/* By name; one that was removed is found, too. NULL: none. */
struct live_endpoint *live_endpoint_named(struct daemon *d, const char *name);
/* By name or place; one that was removed is not there. */
struct live_endpoint *live_endpoint_find(struct daemon *d, const char *endpoint);
/* Likewise; but one that was removed is found, when no other is meant. */
struct live_endpoint *live_endpoint_find_any(struct daemon *d, const char *endpoint);

/* What it does now, as written. */
const char *live_endpoint_behaviour(const struct live_endpoint *l);
/* Have it do this instead; takes the reference over. publish() makes it so. */
void live_endpoint_use(struct live_endpoint *l, struct ruleset *rules);

/* When it is to go, since the Unix epoch; NS_NEVER: it stays. */
nstime live_endpoint_until(const struct live_endpoint *l);

/* Endpoints that are there, removed ones not counted. */
unsigned live_endpoint_count(const struct daemon *d);

/* Free the list, the contents of each endpoint, and its guards. */
void live_endpoints_free(struct live_endpoint *live, unsigned count);

/* Find the servers of relays, of `lives` endpoints that are there and of `e`. False: one cannot be
 * found, or is synackd itself; why is in `diag`. */
bool live_endpoints_resolve(const struct live_endpoint *live, unsigned lives,
			    const struct endpoint_config *e, struct diag *diag);

/*
 * Add an endpoint, for so long (NS_NEVER: until it is removed, or a restart). It is there and
 * answers, as soon as its address was asked for, or it is not: then NULL, and why is in `diag`.
 * Valid until the next change.
 */
struct live_endpoint *live_endpoint_add(struct daemon *d, const struct endpoint_words *words,
					nstime lifetime, struct diag *diag);

/* Take an endpoint away. Its connections are reset, as the kernel would reset them; returns how
 * many there were. Of the config, it is back at a reset; that was added, it is gone, with `l`. */
size_t live_endpoint_remove(struct daemon *d, struct live_endpoint *l);

/* Can one that was removed be where it was, beside those that were added since? False: why not is
 * in `diag`. */
bool live_endpoint_may_return(const struct daemon *d, const struct live_endpoint *l,
			      struct diag *diag);

#endif
