/* SPDX-License-Identifier: MIT */
/* settle: waits for the connections and actions that remain when the command of `try` has ended. */
#ifndef SYNACKCTL_SETTLE_H
#define SYNACKCTL_SETTLE_H

#include "base/clock.h"
#include "base/text.h"
#include "client.h"

/* A zeroed struct is empty. */
struct settled {
	json_t *state; /* last result of METHOD_DUE, or NULL; owned */
	nstime waited;
};

/* Waits until all connections are closed or in TIME-WAIT and no action of a rule is due, but at
 * most for the time `limit`, or until Ctrl-C. If standard error is a terminal, it shows the next
 * action. */
void settle(struct client *client, nstime limit, struct settled *out);
void settled_free(struct settled *s);

/* Adds members to a trace: `state`, the state of its connection, or NULL if that is closed; and
 * `due`, an array of the actions that are due, as in the result of METHOD_DUE. */
void settled_complete(const struct settled *s, json_t *trace);
/* Adds one line for each action that is due: the action, its time, and a sufficient value for
 * --stay. settled_complete() must have been called for `trace`. */
void settled_print(const struct settled *s, const json_t *trace, struct text *out);

#endif
