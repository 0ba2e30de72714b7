/* SPDX-License-Identifier: MIT */
/* Replies to requests, as verbs make them and JSON-RPC has them. */
#ifndef SYNACKD_CONTROL_REPLY_H
#define SYNACKD_CONTROL_REPLY_H

#include "control/protocol.h"

#include <jansson.h>

struct client; /* one at the socket, from its connect until it is gone */

/* A result, or an error with a sentence for a person. Zeroed, but for the client, it is neither. */
struct control_reply {
	json_t *result; /* owned; NULL: an error */
	int code;
	char *message;          /* owned; NULL with a code: there was no memory for it */
	const char *suggestion; /* what was meant, perhaps */
	json_t *errors;         /* owned; array of lines, or NULL */
	char *text;             /* owned; a result as JSON text, in place of `result`; or NULL */
	struct client *client;  /* which asks */
};

/* Make it an error, in place of one that it is already. */
void reply_fail(struct control_reply *reply, enum control_error code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The sentence of an error. Valid until the reply changes. */
const char *reply_message(const struct control_reply *reply);

/* The response object to the request of this id (NULL: null), the caller's. Takes the parts of the
 * reply over, and zeroes it. Parts for which there is no memory are missing (json_memory.h). */
json_t *reply_response(struct control_reply *reply, json_t *id);

#endif
