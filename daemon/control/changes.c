/* SPDX-License-Identifier: MIT */
/* Verbs that change endpoints, and the verb that lists the changes. */
#include "control/describe.h"
#include "control/params.h"
#include "control/verbs.h"
#include "runtime/daemon.h"
#include "runtime/live_endpoint.h"
#include "runtime/unbounded.h"

#include <string.h>

void verb_set(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"endpoint", "behaviour", NULL};
	struct daemon *d = verb_daemon(context);
	struct diag diag = {0};
	const char *behaviour;
	struct live_endpoint *l;

	if (!params_are(params, reply, keys))
		return;
	behaviour = param_text(params, "behaviour");
	l = param_endpoint(d, params, reply);
	if (!l || !knows_behaviours(d, behaviour, reply))
		return;
	if (daemon_set(d, l, behaviour, &diag))
		reply_done(reply, describe_endpoint(d, l), &diag);
	else
		reply_fail_diag(reply, CONTROL_BAD_PARAMS, &diag);
	diag_free(&diag);
}

static bool read_lifetime(const json_t *params, nstime *lifetime, struct control_reply *reply)
{
	const char *text = param_text(params, "for");

	*lifetime = NS_NEVER;
	if (!text || (duration_parse(text, lifetime) && *lifetime > 0))
		return true;
	reply_fail(reply, CONTROL_BAD_PARAMS,
		   "for: expected a duration with a unit, as in 60s or 5min, got '%s'", text);
	return false;
}

void verb_add(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"name",     "address", "ports",      "behaviour?",
					   "service?", "for?",    "interface?", NULL};
	struct daemon *d = verb_daemon(context);
	const struct endpoint_words words = {
		.name = param_text(params, "name"),
		.address = param_text(params, "address"),
		.ports = param_text(params, "ports"),
		.behaviour = param_text(params, "behaviour"),
		.service = param_text(params, "service"),
		.interface = param_text(params, "interface"),
	};
	struct diag diag = {0};
	nstime lifetime;
	struct live_endpoint *l;

	if (!params_are(params, reply, keys) || !read_lifetime(params, &lifetime, reply) ||
	    (words.behaviour && !knows_behaviours(d, words.behaviour, reply)))
		return;
	l = live_endpoint_add(d, &words, lifetime, &diag);
	if (l)
		reply_done(reply, describe_endpoint(d, l), &diag);
	else
		reply_fail_diag(reply, CONTROL_BAD_PARAMS, &diag);
	diag_free(&diag);
}

void verb_remove(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"endpoint", NULL};
	struct daemon *d = verb_daemon(context);
	struct live_endpoint *l;

	if (!params_are(params, reply, keys))
		return;
	l = param_endpoint(d, params, reply);
	if (!l)
		return;
	reply->result = describe_endpoint(d, l);
	json_object_set_new(reply->result, "connections_reset",
			    json_integer((json_int_t)live_endpoint_remove(d, l)));
}

static void on_gone(void *arg)
{
	unbounded_end(arg);
}

/* Lasts as long as this connection to the control socket. */
void verb_unbounded(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"client", NULL};
	struct daemon *d = verb_daemon(context);
	struct diag diag = {0};
	struct prefix client;
	struct unbounded *u;

	if (!params_are(params, reply, keys) || !param_client(params, &client, reply))
		return;
	if (client.bits != ADDR_BITS) {
		reply_fail(reply, CONTROL_BAD_PARAMS, "client: expected one address, got '%s'",
			   param_text(params, "client"));
		return;
	}
	u = unbounded_begin(d, &client.addr, &diag);
	if (u && !client_watch(reply->client, on_gone, u)) {
		unbounded_end(u);
		reply_fail(reply, CONTROL_REFUSED,
			   "connection in use: it has a 'follow' or 'unbounded' already: use "
			   "another connection");
	} else if (u) {
		reply->result = json_pack("{s:s}", "client", param_text(params, "client"));
	} else {
		reply_fail_diag(reply, CONTROL_REFUSED, &diag);
	}
	diag_free(&diag);
}

static const char *any_name(size_t i, const void *arg)
{
	const struct daemon *d = arg;

	return i < d->lives ? d->live[i].name : NULL;
}

/* Undoes the changes of an endpoint. Returns its description afterwards, or, if it was added,
 * before. */
static json_t *undo(struct daemon *d, struct live_endpoint *l)
{
	enum live_endpoint_change change = live_endpoint_change(l);
	json_t *o = change == CHANGE_ADDED ? describe_endpoint(d, l) : NULL;

	daemon_reset(d, l);
	if (!o)
		o = describe_endpoint(d, l);
	json_object_set_new(o, "undone", json_string(live_endpoint_change_name(change)));
	return o;
}

/* Replies with the endpoints whose changes were undone. */
void verb_reset(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"endpoint?", NULL};
	struct daemon *d = verb_daemon(context);
	const struct live_endpoint *only = NULL;
	struct diag diag = {0};
	const char *name;

	if (!params_are(params, reply, keys))
		return;
	name = param_text(params, "endpoint");
	if (name && !(only = live_endpoint_find_any(d, name))) {
		reply_unknown(reply, "endpoint", name, suggest(name, any_name, d),
			      "'synackctl diff' lists the changed endpoints");
		return;
	}
	if (only && !live_endpoint_may_return(d, only, &diag)) {
		reply_fail_diag(reply, CONTROL_REFUSED, &diag);
		diag_free(&diag);
		return;
	}
	reply->result = json_array();
	/* Backwards, as endpoints that were added may occupy the places of removed ones. */
	for (unsigned i = d->lives; i-- > 0;) {
		struct live_endpoint *l = &d->live[i];

		if ((!only || l == only) && live_endpoint_change(l) != CHANGE_NONE)
			json_array_insert_new(reply->result, 0, undo(d, l));
	}
}

/* Replies with the endpoints that differ from the config. */
void verb_diff(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	struct daemon *d = verb_daemon(context);

	if (!params_are(params, reply, keys))
		return;
	reply->result = json_array();
	for (unsigned i = 0; i < d->lives; i++)
		if (live_endpoint_change(&d->live[i]) != CHANGE_NONE)
			json_array_append_new(reply->result, describe_endpoint(d, &d->live[i]));
}
