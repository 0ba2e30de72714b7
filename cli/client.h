/* SPDX-License-Identifier: MIT */
/* client: the client side of control/protocol.h. */
#ifndef SYNACKCTL_CLIENT_H
#define SYNACKCTL_CLIENT_H

#include "base/clock.h"
#include "control/protocol.h"

#include <jansson.h>

struct client;

/* The place of a daemon. */
struct client_place {
	const char *host; /* NULL for this host; else see remote_reach() */
	const char *path; /* socket; NULL for the default: see client_path() */
	nstime wait;      /* retry for this time while no daemon listens */
	bool alone;       /* no user can type a password for ssh */
};

/* Returns the path of the socket: `path`, if it is set. The default on this host is
 * $SYNACKD_CONTROL, or else CONTROL_PATH. For another host the function returns NULL, and the
 * synackctl there uses its default. */
const char *client_path(const struct client_place *place);

/* Connects with reach() or remote_reach(), and reads the greeting. Returns NULL on failure, with a
 * message for the user in *error, which the caller frees. */
struct client *client_open(const struct client_place *place, char **error);
void client_close(struct client *c); /* `c` may be NULL */

/* Sends a request and waits for the answer. Takes ownership of `params`, which may be NULL. Returns
 * the result, which the caller releases, or NULL. On NULL either *refusal is the error object of
 * the daemon, which the caller releases, or *error is a message for the user, which the caller
 * frees. */
json_t *client_call(struct client *c, const char *method, json_t *params, json_t **refusal,
		    char **error);

/* Returns the message of a refusal, printable and with the suggestion of the daemon if it has one.
 * The caller frees it. */
char *refusal_words(const json_t *refusal);

/* Waits without a limit for the next notification of this method. Returns its parameters, which the
 * caller releases, or NULL if the connection ended, with a message for the user in *error, which
 * the caller frees. */
json_t *client_next(struct client *c, const char *method, char **error);

#endif
