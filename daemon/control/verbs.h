/* SPDX-License-Identifier: MIT */
/* What can be asked over the control socket. Its answers are in synackctl(1). */
#ifndef SYNACKD_CONTROL_VERBS_H
#define SYNACKD_CONTROL_VERBS_H

#include "control/server.h"
#include "runtime/live_state.h"

struct feed; /* follow.h */

/* The context of each verb. */
struct verb_context {
	struct daemon *daemon;
	struct feed *feed; /* NULL until a client follows, or moves are logged; feed_free() */
	/* daemon_reload(), and what goes with it. */
	bool (*reload)(void *arg, struct diag *diag);
	void *reload_arg;
};

static inline struct daemon *verb_daemon(void *context)
{
	return ((struct verb_context *)context)->daemon;
}

/* The table, for control_open(). */
extern const struct control_verb control_verbs[];

/* Those that have a file of their own. */
void verb_status(void *context, const json_t *params, struct control_reply *reply);
void verb_connections(void *context, const json_t *params, struct control_reply *reply);
void verb_trace(void *context, const json_t *params, struct control_reply *reply);
void verb_diff(void *context, const json_t *params, struct control_reply *reply);
void verb_set(void *context, const json_t *params, struct control_reply *reply);
void verb_add(void *context, const json_t *params, struct control_reply *reply);
void verb_remove(void *context, const json_t *params, struct control_reply *reply);
void verb_next(void *context, const json_t *params, struct control_reply *reply);
void verb_pending(void *context, const json_t *params, struct control_reply *reply);
void verb_cancel(void *context, const json_t *params, struct control_reply *reply);
void verb_abort(void *context, const json_t *params, struct control_reply *reply);
void verb_close(void *context, const json_t *params, struct control_reply *reply);
void verb_forget(void *context, const json_t *params, struct control_reply *reply);
void verb_hosts(void *context, const json_t *params, struct control_reply *reply);
void verb_verdicts(void *context, const json_t *params, struct control_reply *reply);
void verb_requirements(void *context, const json_t *params, struct control_reply *reply);
void verb_suites(void *context, const json_t *params, struct control_reply *reply);
void verb_unbounded(void *context, const json_t *params, struct control_reply *reply);
void verb_reset(void *context, const json_t *params, struct control_reply *reply);

/*
 * Are these the keys of `params`, and no others? The list ends with NULL; a key with a `?` at its
 * end may be missing. Values are strings, with a `#` behind the key also integers. False: `reply`
 * says what is wrong.
 */
bool params_are(const json_t *params, struct control_reply *reply, const char *const *keys);

/* The endpoint that is there; NULL: `reply` says so, with what was meant perhaps. */
struct live_endpoint *find_endpoint(struct daemon *d, const char *name,
				    struct control_reply *reply);

/* Is each behaviour of `a=1+b(c=2)` known? False: `reply` says which is not, likewise. */
bool knows_behaviours(struct daemon *d, const char *text, struct control_reply *reply);

/* The number of a connection at `id`; false: `reply` says what is wrong. */
bool param_id(const json_t *params, uint64_t *id, struct control_reply *reply);

/* The address or prefix at `client`, likewise. */
bool read_client(const json_t *params, struct prefix *client, struct control_reply *reply);

/* Is there a connection of this number? False: `reply` says that there is none. */
bool has_connection(struct daemon *d, uint64_t id, struct control_reply *reply);

/* A state of RFC 9293 by its name, likewise. */
bool read_state(const char *name, enum tcp_state *state, struct control_reply *reply);

/* Say what was wrong with what an operator wrote. */
void fail_with(struct control_reply *reply, const struct diag *diag);

/* Answer with `result`, an object, and with what the operator is warned of. */
void done_with(struct control_reply *reply, json_t *result, const struct diag *diag);

/* The text at `key`; NULL when there is none. */
const char *param_text(const json_t *params, const char *key);

#endif
