/* SPDX-License-Identifier: MIT */
/* verbs: the functions behind the methods of control/protocol.h. */
#ifndef SYNACKD_CONTROL_VERBS_H
#define SYNACKD_CONTROL_VERBS_H

#include "control/server.h"
#include "runtime/live_state.h"

struct feed;       /* follow.h */
struct job_thread; /* job_thread.h */

/* The context of each verb. */
struct verb_context {
	struct daemon *daemon;
	struct feed
		*feed; /* NULL until a client follows or state changes are logged; feed_free() */
	struct job_thread *jobs;
	/* Calls daemon_reload(), logs the result and notifies the service manager. */
	bool (*reload)(void *arg, struct diag *diag);
	void *reload_arg;
};

static inline struct daemon *verb_daemon(void *context)
{
	return ((struct verb_context *)context)->daemon;
}

/* The table, for control_open(). */
extern const struct control_verb control_verbs[];

/* Verbs with a file of their own. A file that provides only verbs has no header. */
void verb_status(void *context, const json_t *params, struct control_reply *reply);
void verb_connections(void *context, const json_t *params, struct control_reply *reply);
void verb_trace(void *context, const json_t *params, struct control_reply *reply);
void verb_due(void *context, const json_t *params, struct control_reply *reply);
void verb_diff(void *context, const json_t *params, struct control_reply *reply);
void verb_set(void *context, const json_t *params, struct control_reply *reply);
void verb_add(void *context, const json_t *params, struct control_reply *reply);
void verb_remove(void *context, const json_t *params, struct control_reply *reply);
void verb_next(void *context, const json_t *params, struct control_reply *reply);
void verb_pending(void *context, const json_t *params, struct control_reply *reply);
void verb_cancel(void *context, const json_t *params, struct control_reply *reply);
void verb_abort(void *context, const json_t *params, struct control_reply *reply);
void verb_close(void *context, const json_t *params, struct control_reply *reply);
void verb_leave(void *context, const json_t *params, struct control_reply *reply);
void verb_forget(void *context, const json_t *params, struct control_reply *reply);
void verb_hosts(void *context, const json_t *params, struct control_reply *reply);
void verb_verdicts(void *context, const json_t *params, struct control_reply *reply);
void verb_requirements(void *context, const json_t *params, struct control_reply *reply);
void verb_suites(void *context, const json_t *params, struct control_reply *reply);
void verb_unbounded(void *context, const json_t *params, struct control_reply *reply);
void verb_reset(void *context, const json_t *params, struct control_reply *reply);

#endif
