/* SPDX-License-Identifier: MIT */
/* A client of control/protocol.h. */
#ifndef SYNACKCTL_CLIENT_H
#define SYNACKCTL_CLIENT_H

#include "base/clock.h"
#include "control/protocol.h"

#include <jansson.h>

struct client;

/* Where a daemon listens. */
struct client_place {
	const char *host; /* NULL: here; else see remote_reach() */
	const char *path; /* NULL: here $SYNACKD_CONTROL if that is set, else the usual one */
	nstime wait;      /* try so long while no daemon listens */
	bool alone;       /* there is no user whom ssh could ask for a password */
};

/* Here, or at the host: NULL is the usual one there. */
const char *client_path(const struct client_place *place);

/* Connect (see reach()) and read the greeting. On failure NULL, and *error, owned by the caller, is
 * for people. */
struct client *client_open(const struct client_place *place, char **error);
void client_close(struct client *c); /* NULL is fine */

/*
 * Ask, and wait for the answer. Takes `params` over; NULL means none. Returns the result, owned by
 * the caller, or NULL with one of the two set: *refusal, the error object of the daemon, or *error,
 * a sentence on why there is no answer.
 */
json_t *client_call(struct client *c, const char *method, json_t *params, json_t **refusal,
		    char **error);

/* What a refusal says, with what may have been meant; printable, the caller's. */
char *refusal_words(const json_t *refusal);

/* Wait, for as long as it takes, for the next thing that the daemon tells unasked, by `method`.
 * Returns its parameters, owned by the caller; NULL: why it tells no more is in *error. */
json_t *client_next(struct client *c, const char *method, char **error);

#endif
