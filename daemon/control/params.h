/* SPDX-License-Identifier: MIT */
/* params: reads the parameters of a request, and makes replies with errors and warnings. If a
 * function returns false or NULL, `reply` has the error, with a suggestion if there is a similar
 * name. */
#ifndef SYNACKD_CONTROL_PARAMS_H
#define SYNACKD_CONTROL_PARAMS_H

#include "control/reply.h"
#include "runtime/live_state.h"

/*
 * Checks that `params` (NULL: no parameters) has these keys and no others. The list ends with NULL.
 * A key that ends with `?` is optional. Values must be strings, or, if `#` follows the key, strings
 * or integers.
 */
bool params_are(const json_t *params, struct control_reply *reply, const char *const *keys);

/* Returns the string at `key`, or NULL if it is absent. */
const char *param_text(const json_t *params, const char *key);

/* Reads the number of a connection at `id`. */
bool param_id(const json_t *params, uint64_t *id, struct control_reply *reply);

/* Read the address or prefix at `key`, or at `client`; the key must be present. */
bool param_prefix(const json_t *params, const char *key, struct prefix *out,
		  struct control_reply *reply);
bool param_client(const json_t *params, struct prefix *client, struct control_reply *reply);

/* Reads a state of RFC 9293 at `state`, which must be present. */
bool param_state(const json_t *params, enum tcp_state *state, struct control_reply *reply);

/* Returns the endpoint whose name or place is at `endpoint`, which must be present. Removed
 * endpoints are unknown. */
struct live_endpoint *param_endpoint(struct daemon *d, const json_t *params,
				     struct control_reply *reply);

/* Returns the behaviour of this name. */
const struct behaviour *find_behaviour(struct daemon *d, const char *name,
				       struct control_reply *reply);
/* Returns true if all behaviours of a text such as `a=1+b(c=2)` are known. */
bool knows_behaviours(struct daemon *d, const char *text, struct control_reply *reply);

/* Replies with `code`, enum control_error, and the first error of `diag`; with the list of all
 * errors if there are several. */
void reply_fail_diag(struct control_reply *reply, enum control_error code, const struct diag *diag);

/* Replies with `result`, an object, and the warnings of `diag`. Takes ownership of `result`. */
void reply_done(struct control_reply *reply, json_t *result, const struct diag *diag);

#endif
