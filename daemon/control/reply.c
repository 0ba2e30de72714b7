/* SPDX-License-Identifier: MIT */
#include "control/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void reply_fail(struct control_reply *reply, enum control_error code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	free(reply->message);
	if (vasprintf(&reply->message, fmt, ap) < 0)
		reply->message = NULL; /* see reply_message() */
	va_end(ap);
	reply->code = code;
}

void reply_unknown(struct control_reply *reply, const char *kind, const char *name,
		   const char *near, const char *remedy)
{
	reply_fail(reply, CONTROL_UNKNOWN_NAME, "unknown %s '%s'%s%s", kind, name, near ? "" : "; ",
		   near ? "" : remedy);
	reply->suggestion = near;
}

const char *reply_message(const struct control_reply *reply)
{
	return reply->message ? reply->message : "out of memory";
}

static json_t *error_of(const struct control_reply *reply)
{
	json_t *error =
		json_pack("{s:i, s:s}", "code", reply->code, "message", reply_message(reply));
	json_t *data = json_object();

	if (reply->suggestion)
		json_object_set_new(data, "suggestion", json_string(reply->suggestion));
	if (reply->errors)
		json_object_set(data, "errors", reply->errors);
	if (json_object_size(data))
		json_object_set(error, "data", data);
	json_decref(data);
	return error;
}

json_t *reply_response(struct control_reply *reply, json_t *id)
{
	json_t *object = json_pack("{s:s}", "jsonrpc", "2.0");

	if (reply->result)
		json_object_set(object, "result", reply->result);
	else
		json_object_set_new(object, "error", error_of(reply));
	json_object_set_new(object, "id", id ? json_incref(id) : json_null());
	json_decref(reply->result);
	json_decref(reply->errors);
	free(reply->text);
	free(reply->message);
	*reply = (struct control_reply){.client = reply->client};
	return object;
}
