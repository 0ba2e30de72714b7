/* SPDX-License-Identifier: MIT */
/* `try` waits for what its command left under way. */
#ifndef SYNACKCTL_SETTLE_H
#define SYNACKCTL_SETTLE_H

#include "base/clock.h"
#include "base/text.h"
#include "client.h"

/* A zeroed one is empty. */
struct settled {
	json_t *state; /* the last answer of METHOD_DUE; NULL: there is none. Owned */
	nstime waited;
};

/* Wait until all connections are over, of which TIME-WAIT counts as one, and no rule has anything
 * to do; but no longer than `limit`, or up to Ctrl-C. A terminal on standard error shows what is
 * waited for. */
void settle(struct client *client, nstime limit, struct settled *out);
void settled_free(struct settled *s);

/* Add to a trace what its connection has yet to do: `state`, NULL if it is over, and `due`, an
 * array of METHOD_DUE's. */
void settled_complete(const struct settled *s, json_t *trace);
/* Add that as lines: what is due, when, and how long --stay must be to see it. `trace` is complete.
 */
void settled_print(const struct settled *s, const json_t *trace, struct text *out);

#endif
