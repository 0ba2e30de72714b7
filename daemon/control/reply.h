/* SPDX-License-Identifier: MIT */
/* reply: results and errors of requests, as JSON-RPC responses. */
#ifndef SYNACKD_CONTROL_REPLY_H
#define SYNACKD_CONTROL_REPLY_H

#include "control/protocol.h"

#include <jansson.h>

struct client; /* a client of the control socket, from its connect until it disconnects */

/* A result, or an error with a message. If all but the client is zeroed, it is neither. */
struct control_reply {
	json_t *result; /* owned; NULL: an error */
	int code;
	char *message;          /* owned; NULL with a code: out of memory */
	const char *suggestion; /* a similar name, or NULL */
	json_t *errors;         /* owned; array of lines, or NULL */
	char *text;             /* owned; a result as JSON text, in place of `result`; or NULL */
	struct client *client;  /* the client that sent the request */
};

/* Makes the reply an error, and replaces an earlier error. */
void reply_fail(struct control_reply *reply, enum control_error code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Makes the reply the error that no `kind`, such as endpoint, has this name. It suggests the name
 * `near`, or has `remedy` if `near` is NULL. `near` must remain valid until reply_response(). */
void reply_unknown(struct control_reply *reply, const char *kind, const char *name,
		   const char *near, const char *remedy);

/* Returns the message of an error. It is valid until the reply changes. */
const char *reply_message(const struct control_reply *reply);

/* Returns the response object for the request `id` (NULL: null). Takes ownership of the parts of
 * the reply and zeroes it. Parts for which memory runs out are missing (json_memory.h). */
json_t *reply_response(struct control_reply *reply, json_t *id);

#endif
