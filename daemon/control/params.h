/* SPDX-License-Identifier: MIT */
/* Parameters of a request, as the verbs read them; and replies to what an operator wrote. Where a
 * function returns false or NULL, `reply` has the error, perhaps with a suggestion. */
#ifndef SYNACKD_CONTROL_PARAMS_H
#define SYNACKD_CONTROL_PARAMS_H

#include "control/reply.h"
#include "runtime/live_state.h"

/*
 * Are these the keys of `params` (NULL: there are none), and no others? The list ends with NULL; a
 * key with a `?` at its end may be missing. Values are strings, with a `#` behind the key also
 * integers.
 */
bool params_are(const json_t *params, struct control_reply *reply, const char *const *keys);

/* The text at `key`; NULL when there is none. */
const char *param_text(const json_t *params, const char *key);

/* The number of a connection, at `id`. */
bool param_id(const json_t *params, uint64_t *id, struct control_reply *reply);

/* The address or prefix at `key`, or at `client`, which is there. */
bool param_prefix(const json_t *params, const char *key, struct prefix *out,
		  struct control_reply *reply);
bool param_client(const json_t *params, struct prefix *client, struct control_reply *reply);

/* The state of RFC 9293 at `state`, which is there. */
bool param_state(const json_t *params, enum tcp_state *state, struct control_reply *reply);

/* The endpoint, by name or place, at `endpoint`, which is there. One that was removed is none. */
struct live_endpoint *param_endpoint(struct daemon *d, const json_t *params,
				     struct control_reply *reply);

/* The behaviour of this name. */
const struct behaviour *find_behaviour(struct daemon *d, const char *name,
				       struct control_reply *reply);
/* Is each behaviour of `a=1+b(c=2)` known? */
bool knows_behaviours(struct daemon *d, const char *text, struct control_reply *reply);

/* Fail with the first error of `diag`; all of them are in the reply when there are several. */
void reply_fail_diag(struct control_reply *reply, const struct diag *diag);

/* Answer with `result`, an object, and with the warnings of `diag`. Takes `result` over. */
void reply_done(struct control_reply *reply, json_t *result, const struct diag *diag);

#endif
