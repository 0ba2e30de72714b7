/* SPDX-License-Identifier: MIT */
#include "control/verbs.h"

#include "base/log.h"
#include "control/describe.h"

#include <string.h>

const char *param_text(const json_t *params, const char *key)
{
	return json_string_value(json_object_get(params, key));
}

/* Names as params_are() takes them: without their `?`. */
static bool same_key(const char *key, const char *listed)
{
	size_t len = strcspn(listed, "?");

	return strlen(key) == len && strncmp(key, listed, len) == 0;
}

static bool is_listed(const char *key, const char *const *keys)
{
	for (; *keys; keys++)
		if (same_key(key, *keys))
			return true;
	return false;
}

bool params_are(const json_t *params, struct control_reply *reply, const char *const *keys)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)params, key, value) {
		if (!is_listed(key, keys))
			control_fail(reply, CONTROL_BAD_PARAMS, "there is no parameter `%s`", key);
		else if (!json_is_string(value) &&
			 !(strcmp(key, "id") == 0 && json_is_integer(value)))
			control_fail(reply, CONTROL_BAD_PARAMS, "`%s` is to be a string", key);
	}
	for (; *keys; keys++)
		if (!strchr(*keys, '?') && !json_object_get(params, *keys))
			control_fail(reply, CONTROL_BAD_PARAMS, "the parameter `%s` is missing",
				     *keys);
	return !reply->message;
}

static const char *endpoint_name(size_t i, void *arg)
{
	const struct daemon *d = arg;

	return i < d->lives ? d->live[i].name : NULL;
}

static const char *behaviour_name(size_t i, void *arg)
{
	const struct daemon *d = arg;

	return i < d->config->catalogue.count ? d->config->catalogue.behaviour[i].name : NULL;
}

static struct live *find_endpoint(struct daemon *d, const char *name, struct control_reply *reply)
{
	struct live *l = daemon_find(d, name);

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

	if (!b) {
		control_fail(reply, CONTROL_UNKNOWN_NAME, "there is no behaviour `%s`", name);
		reply->suggestion = suggest(name, behaviour_name, d);
	}
	return b;
}

/* --- what there is ---------------------------------------------------------------------------- */

static void verb_endpoints(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	struct daemon *d = context;

	if (!params_are(params, reply, keys))
		return;
	reply->result = json_array();
	for (unsigned i = 0; i < d->lives; i++)
		json_array_append_new(reply->result, describe_endpoint(d, &d->live[i]));
}

static void verb_behaviours(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"name?", NULL};
	const struct behaviour *b = NULL;
	struct daemon *d = context;
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

/* Is a behaviour of `a=1+b(c=2)` unknown? Then it was said, with what was meant perhaps. */
static bool knows_behaviours(struct daemon *d, const char *text, struct control_reply *reply)
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

static void verb_set(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"endpoint", "behaviour", NULL};
	struct daemon *d = context;
	struct diag diag = {0};
	const char *behaviour;
	struct live *l;

	if (!params_are(params, reply, keys))
		return;
	behaviour = param_text(params, "behaviour");
	l = find_endpoint(d, param_text(params, "endpoint"), reply);
	if (!l || !knows_behaviours(d, behaviour, reply))
		return;
	if (daemon_set(d, l, behaviour, &diag)) {
		reply->result = describe_endpoint(d, l);
	} else {
		const char *lines = text_str(&diag.lines);

		control_fail(reply, CONTROL_BAD_PARAMS, "%.*s", (int)strcspn(lines, "\n"), lines);
		if (diag.errors > 1)
			reply->errors = describe_lines(&diag);
	}
	diag_free(&diag);
}

/* Answers with the endpoints of which something was undone. */
static void verb_reset(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {"endpoint?", NULL};
	struct daemon *d = context;
	struct live *only = NULL;
	const char *name;

	if (!params_are(params, reply, keys))
		return;
	name = param_text(params, "endpoint");
	if (name && !(only = find_endpoint(d, name, reply)))
		return;
	reply->result = json_array();
	for (unsigned i = 0; i < d->lives; i++) {
		struct live *l = &d->live[i];

		if ((!only || l == only) && daemon_reset(d, l))
			json_array_append_new(reply->result, describe_endpoint(d, l));
	}
}

static void verb_reload(void *context, const json_t *params, struct control_reply *reply)
{
	static const char *const keys[] = {NULL};
	struct daemon *d = context;
	struct diag diag = {0};

	if (!params_are(params, reply, keys))
		return;
	if (daemon_reload(d, &diag)) {
		reply->result = json_pack("{s:s, s:o}", "config", d->config->path, "warnings",
					  describe_lines(&diag));
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
	{"set", true, verb_set},
	{"reset", true, verb_reset},
	{"reload", true, verb_reload},
	{0},
};
