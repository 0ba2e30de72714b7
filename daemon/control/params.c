/* SPDX-License-Identifier: MIT */
#include "control/params.h"

#include "base/text.h"
#include "control/describe.h"
#include "runtime/live_endpoint.h"
#include "schema/schema.h"

#include <stdlib.h>
#include <string.h>

/* --- keys ------------------------------------------------------------------------------------- */

/* Returns the key from a list of params_are(), with its suffix, or NULL. */
static const char *find_key(const char *key, const char *const *keys)
{
	for (; *keys; keys++) {
		size_t len = strcspn(*keys, "#?");

		if (strlen(key) == len && strncmp(key, *keys, len) == 0)
			return *keys;
	}
	return NULL;
}

/* jansson counts references in an object, so it cannot iterate over a const one. */
static json_t *iterable(const json_t *object)
{
	return (json_t *)(uintptr_t)object;
}

static bool is_given(const json_t *params, const char *listed)
{
	const char *const one[] = {listed, NULL};
	const char *key;
	json_t *value;

	json_object_foreach (iterable(params), key, value)
		if (find_key(key, one))
			return true;
	return false;
}

bool params_are(const json_t *params, struct control_reply *reply, const char *const *keys)
{
	const char *key;
	json_t *value;

	json_object_foreach (iterable(params), key, value) {
		const char *listed = find_key(key, keys);

		if (!listed)
			reply_fail(reply, CONTROL_BAD_PARAMS, "unknown parameter '%s'", key);
		else if (!json_is_string(value) && !(strchr(listed, '#') && json_is_integer(value)))
			reply_fail(reply, CONTROL_BAD_PARAMS, "'%s': expected a string", key);
	}
	for (; *keys; keys++)
		if (!strchr(*keys, '?') && !is_given(params, *keys))
			reply_fail(reply, CONTROL_BAD_PARAMS, "missing parameter '%.*s'",
				   (int)strcspn(*keys, "#?"), *keys);
	return !reply->message;
}

/* --- values ----------------------------------------------------------------------------------- */

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
	else if (!text || !number_parse(text, id) || !*id || *id > INT64_MAX)
		reply_fail(reply, CONTROL_BAD_PARAMS,
			   "'id': expected the number of a connection, as 'synackctl connections' "
			   "lists it");
	return !reply->message;
}

bool param_prefix(const json_t *params, const char *key, struct prefix *out,
		  struct control_reply *reply)
{
	char *wrong = NULL;

	if (prefix_read(param_text(params, key),
			"an address or a prefix, as in 192.0.2.1 or 192.0.2.0/24", out, &wrong))
		return true;
	reply_fail(reply, CONTROL_BAD_PARAMS, "%s: %s", key, wrong);
	free(wrong);
	return false;
}

bool param_client(const json_t *params, struct prefix *client, struct control_reply *reply)
{
	return param_prefix(params, "client", client, reply);
}

static const char *name_of_state(size_t i, const void *arg)
{
	(void)arg;
	return i < STATE_COUNT ? state_name((enum tcp_state)i) : NULL;
}

bool param_state(const json_t *params, enum tcp_state *state, struct control_reply *reply)
{
	const char *name = param_text(params, "state");

	if (state_parse(name, strlen(name), state))
		return true;
	reply_unknown(reply, "state", name, suggest(name, name_of_state, NULL),
		      "expected a state of RFC 9293, such as SYN-RECEIVED");
	return false;
}

static const char *endpoint_name(size_t i, const void *arg)
{
	const struct daemon *d = arg;

	for (unsigned at = 0; at < d->lives; at++)
		if (!d->live[at].removed && i-- == 0)
			return d->live[at].name;
	return NULL;
}

static const char *behaviour_name(size_t i, const void *arg)
{
	const struct daemon *d = arg;

	return i < d->config->catalogue.count ? d->config->catalogue.behaviour[i].name : NULL;
}

struct live_endpoint *param_endpoint(struct daemon *d, const json_t *params,
				     struct control_reply *reply)
{
	const char *name = param_text(params, "endpoint");
	struct live_endpoint *l = live_endpoint_find(d, name);

	if (!l)
		reply_unknown(reply, "endpoint", name, suggest(name, endpoint_name, d),
			      "'synackctl endpoints' lists the endpoints");
	return l;
}

const struct behaviour *find_behaviour(struct daemon *d, const char *name,
				       struct control_reply *reply)
{
	const struct behaviour *b = catalogue_find(&d->config->catalogue, name);

	if (!b && catalogue_find_reserved(&d->config->catalogue, name))
		reply_fail(reply, CONTROL_UNKNOWN_NAME,
			   "unknown behaviour '%s': the name is reserved for a future behaviour",
			   name);
	else if (!b)
		reply_unknown(reply, "behaviour", name, suggest(name, behaviour_name, d),
			      "'synackctl behaviours' lists the behaviours");
	return b;
}

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
		/* Skip the values. A value in parentheses may contain a `+`. */
		text += len;
		if (*text == '(')
			text += strcspn(text, ")");
		text += strcspn(text, "+");
		text += *text == '+';
	}
	return true;
}

/* --- replies ---------------------------------------------------------------------------------- */

void reply_fail_diag(struct control_reply *reply, enum control_error code, const struct diag *diag)
{
	static const char warning[] =
		"warning: "; /* without file and line, as the text is from the CLI */
	const char *lines = text_str(&diag->lines);

	while (strncmp(lines, warning, strlen(warning)) == 0)
		lines += strcspn(lines, "\n") + 1;
	reply_fail(reply, code, "%.*s", (int)strcspn(lines, "\n"), lines);
	if (diag->errors > 1)
		reply->errors = describe_lines(diag);
}

void reply_done(struct control_reply *reply, json_t *result, const struct diag *diag)
{
	reply->result = result;
	if (diag->warnings)
		json_object_set_new(result, "warnings", describe_lines(diag));
}
