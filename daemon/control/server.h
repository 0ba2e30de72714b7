/* SPDX-License-Identifier: MIT */
/*
 * server: the server side of control/protocol.h.
 *
 * Input is untrusted: lines and output are bounded, no operation blocks, and a client that
 * disconnects is forgotten. Requests of one client are answered one at a time, in turn with other
 * events, and only after the client has read the earlier answers. A client that reads nothing for
 * 30 s is disconnected. A client that cannot be accepted, because of the limit of clients,
 * descriptors or memory, receives an error instead of the greeting.
 */
#ifndef SYNACKD_CONTROL_SERVER_H
#define SYNACKD_CONTROL_SERVER_H

#include "control/reply.h"
#include "control/rights.h"

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#define CONTROL_CLIENTS_MAX  64
#define CONTROL_CLIENTS_EACH 16            /* per user, except root and the user of the daemon */
#define CONTROL_CLIENTS_KEPT 8             /* reserved for root and the user of the daemon */
#define CONTROL_OUTPUT_MAX   (1024 * 1024) /* unread octets; beyond that no request is taken */

/* Returns true if the client of the request may make changes; otherwise `reply` has the error. For
 * other clients, verbs that make changes are not run. */
bool control_may_change(struct control_reply *reply);

/* Calls `gone` once, when the client disconnects. From now on the client may read slowly without
 * limit. Returns false if it is watched already. */
bool client_watch(struct client *c, void (*gone)(void *arg), void *arg);

/*
 * For a verb that answers later, by client_answer(). The next request of the client is taken after
 * that. If the client disconnects before, `gone` is called, and client_answer() must not be called.
 * A client that only shuts down its sending side waits for the answer.
 */
void client_defer(struct client *c, void (*gone)(void *arg), void *arg);
/* Takes ownership of the parts of the reply. */
void client_answer(struct client *c, struct control_reply *reply);

/* Sends a notification. Returns false if more than `bound` octets would then wait for the client.
 * Takes ownership of the object. */
bool client_push(struct client *c, json_t *object, size_t bound);
size_t client_waiting(const struct client *c); /* octets that the client has not read */

struct control_verb {
	const char *name;
	bool changes; /* not permitted to all clients, and logged with the client's user */
	void (*run)(void *context, const json_t *params, struct control_reply *reply);
};

struct control;

/*
 * Listens at `path` for processes with access; the texts of `access` are copied. The mode of the
 * socket is 0660, or 0666 if everyone may read. A socket of a dead daemon is replaced, and a
 * removed one is created again. `verbs` ends with a NULL name. On failure returns NULL, and *error
 * is a message that the caller frees.
 */
struct control *control_open(struct event_base *base, const char *path,
			     const struct control_access *access, const struct control_verb *verbs,
			     void *context, char **error);
void control_close(struct control *c); /* removes the socket; NULL is ignored */

#endif
