/* SPDX-License-Identifier: MIT */
#include "control/verbs.h"

#include "base/log.h"
#include "control/describe.h"
#include "control/follow.h"
#include "runtime/live_endpoint.h"
#include "schema/schema.h"

#include <string.h>

const char *param_text(const json_t *params, const char *key)
{
	return json_string_value(json_object_get(params, key));
}

bool param_id(const json_t *params, uint64_t *id, struct control_reply *reply)
{
	const json_t *value = json_object_get(params, "id");
	const char *text = json_string_value(value);

	if (!text && json_integer_value(value) > 0)
		*id = (uint64_t)json_integer_value(value);
	else if (!text || !schema_number(text, id) || !*id || *id > INT64_MAX)
		control_fail(reply, CONTROL_BAD_PARAMS,
			     "`id` is to be a connection's number, from `synackctl connections`");
	return !reply->message;
}

bool read_client(const json_t *params, struct prefix *client, struct control_reply *reply)
{
	const char *text = param_text(params, "client");

	if (prefix_parse(text, client))
		return true;
	control_fail(reply, CONTROL_BAD_PARAMS,
		     "client: expected an address or a prefix, as in 192.0.2.1 or 192.0.2.0/24, "
		     "got `%s`",
		     text);
	return false;
}

/* As params_are() has it, with what is behind its name; NULL: it is not listed. */
static const char *find_key(const char *key, const char *const *keys)
{
	for (; *keys; keys++) {
		size_t len = strcspn(*keys, "#?");

		if (strlen(key) == len && strncmp(key, *keys, len) == 0)
			return *keys;
	}
	return NULL;
}

static bool is_given(const json_t *params, const char *listed)
{
	const char *const one[] = {listed, NULL};
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)params, key, value)
		if (find_key(key, one))
			return true;
	return false;
}

bool params_are(const json_t *params, struct control_reply *reply, const char *const *keys)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)params, key, value) {
		const char *listed = find_key(key, keys);

		if (!listed)
			control_fail(reply, CONTROL_BAD_PARAMS, "there is no parameter `%s`", key);
		else if (!json_is_string(value) && !(strchr(listed, '#') && json_is_integer(value)))
			control_fail(reply, CONTROL_BAD_PARAMS, "`%s` is to be a string", key);
	}
	for (; *keys; keys++)
		if (!strchr(*keys, '?') && !is_given(params, *keys))
			control_fail(reply, CONTROL_BAD_PARAMS, "the parameter `%.*s` is missing",
				     (int)strcspn(*keys, "#?"), *keys);
	return !reply->message;
}

static const char *endpoint_name(size_t i, void *arg)
{
	const struct daemon *d = arg;

	for (unsigned at = 0; at < d->lives; at++)
		if (!d->live[at].removed && i-- == 0)
			return d->live[at].name;
	return NULL;
}

static const char *behaviour_name(size_t i, void *arg)
{
	const struct daemon *d = arg;

	return i < d->config->catalogue.count ? d->config->catalogue.behaviour[i].name : NULL;
}

struct live_endpoint *find_endpoint(struct daemon *d, const char *name, struct control_reply *reply)
{
	struct live_endpoint *l = live_endpoint_find(d, name);

	if (!l) {
		control_fail(reply, CONTROL_UNKNOWN_NAME, "there is no endpoint `%s`", name);
		reply->suggestion = suggest(name, endpoint_name, d);
	}
	return l;
}

static const struct behaviour *find_behaviour(struct daemon *d, const char *name,
					      struct control_reply *reply)
{
	const struct behaviour *b = catalogue_find(&d->config->catalogue, name);

	if (!b && catalogue_find_reserved(&d->config->catalogue, name)) {
		control_fail(reply, CONTROL_UNKNOWN_NAME,
			     "`%s` is a name that is reserved: there is no such behaviour yet",
			     name);
	} else if (!b) {
		control_fail(reply, CONTROL_UNKNOWN_NAME, "there is no behaviour `%s`", name);
		reply->suggestion = suggest(name, behaviour_name, d);
	}
	return b;
}

/* --- what there is ---------------------------------------------------------------------------- */

static void verb_endpoints(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	struct daemon *d = verb_daemon(context);

	if (!params_are(params, reply, keys))
		return;
	reply->result = json_array();
	for (unsigned i = 0; i < d->lives; i++)
		if (!d->live[i].removed)
			json_array_append_new(reply->result, describe_endpoint(d, &d->live[i]));
}

static void verb_behaviours(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"name?", NULL};
	const struct behaviour *b = NULL;
	struct daemon *d = verb_daemon(context);
	const char *name;

	if (!params_are(params, reply, keys))
		return;
	name = param_text(params, "name");
	if (name && !(b = find_behaviour(d, name, reply)))
		return;
	reply->result = json_array();
	if (b) {
		json_array_append_new(reply->result, describe_behaviour(b));
		return;
	}
	for (unsigned i = 0; i < d->config->catalogue.count; i++)
		json_array_append_new(reply->result,
				      describe_behaviour(&d->config->catalogue.behaviour[i]));
}

/* --- live changes ----------------------------------------------------------------------------- */

bool knows_behaviours(struct daemon *d, const char *text, struct control_reply *reply)
{
	char name[128];

	while (*text) {
		size_t len = strcspn(text, "=(+");

		if (len < sizeof(name)) {
			memcpy(name, text, len);
			name[len] = '\0';
			if (len && !find_behaviour(d, name, reply))
				return false;
		}
		/* Past its values, of which one in brackets may hold a `+`. */
		text += len;
		if (*text == '(')
			text += strcspn(text, ")");
		text += strcspn(text, "+");
		text += *text == '+';
	}
	return true;
}

static void verb_reload(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	const struct verb_context *v = context;
	struct diag diag = {0};

	if (!params_are(params, reply, keys))
		return;
	if (v->reload(v->reload_arg, &diag)) {
		reply->result =
			json_pack("{s:o, s:o}", "config", describe_text(v->daemon->config->path),
				  "warnings", describe_lines(&diag));
	} else {
		control_fail(reply, CONTROL_REFUSED,
			     "the new config is wrong; the old one goes on");
		reply->errors = describe_lines(&diag);
	}
	diag_free(&diag);
}

const struct control_verb control_verbs[] = {
	{"status", false, verb_status},
	{"endpoints", false, verb_endpoints},
	{"behaviours", false, verb_behaviours},
	{"connections", false, verb_connections},
	{"trace", false, verb_trace},
	{"hosts", false, verb_hosts},
	{"verdicts", false, verb_verdicts},
	{"requirements", false, verb_requirements},
	{"suites", false, verb_suites},
	{"follow", false, verb_follow},
	{"diff", false, verb_diff},
	{"set", true, verb_set},
	{"add", true, verb_add},
	{"remove", true, verb_remove},
	{"reset", true, verb_reset},
	{"next", true, verb_next},
	{"pending", false, verb_pending},
	{"cancel", true, verb_cancel},
	{"abort", true, verb_abort},
	{"close", true, verb_close},
	{"forget", true, verb_forget},
	{"unbounded", true, verb_unbounded},
	{"reload", true, verb_reload},
	{0},
};
