/* SPDX-License-Identifier: MIT */
/* What operators change while it runs. All of it is the main thread's, one change after another. */
#ifndef SYNACKD_LIVE_H
#define SYNACKD_LIVE_H

#include "daemon.h"

#define LIVE_ADDED_MAX 1024 /* endpoints */

/* What differs from the config. */
enum live_change { CHANGE_NONE, CHANGE_SET, CHANGE_ADDED, CHANGE_REMOVED };

enum live_change live_change(const struct live *l);
const char *live_change_name(enum live_change c); /* "added"; NULL for CHANGE_NONE */

/* As daemon_find(); but one that was removed is found, when no other is meant. */
struct live *live_find_any(struct daemon *d, const char *endpoint);

/* When it is to go, since the Unix epoch; NS_NEVER: it stays. */
nstime live_until(const struct live *l);

/* Endpoints that are there, removed ones not counted. */
unsigned live_count(const struct daemon *d);

/*
 * Add an endpoint, for so long (NS_NEVER: until it is removed, or a restart). It is there and
 * answers, as soon as its address was asked for, or it is not: then NULL, and why is in `diag`.
 * Valid until the next change.
 */
struct live *live_add(struct daemon *d, const struct endpoint_words *words, nstime lifetime,
		      struct diag *diag);

/* Take an endpoint away. Its connections are reset, as the kernel would reset them; returns how
 * many there were. Of the config, it is back at a reset; that was added, it is gone, with `l`. */
size_t live_remove(struct daemon *d, struct live *l);

/* Can one that was removed be where it was, beside those that were added since? False: why not is
 * in `diag`. */
bool live_may_return(const struct daemon *d, const struct live *l, struct diag *diag);

#endif
