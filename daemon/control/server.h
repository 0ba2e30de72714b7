/* SPDX-License-Identifier: MIT */
/*
 * The server of control/protocol.h. What comes in is hostile: lines and output are bounded, nothing
 * blocks, and a client that goes away is forgotten. Of what a client asks in advance one request is
 * answered at a time, between whatever else there is to do, and none before it has read what came
 * before; one that reads nothing for 30 s is let go. One that cannot be taken, for lack of a place,
 * a descriptor or memory, gets an error in place of the greeting.
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
#define CONTROL_CLIENTS_EACH 16            /* of one user other than root and the daemon's own */
#define CONTROL_CLIENTS_KEPT 8             /* for those two */
#define CONTROL_OUTPUT_MAX   (1024 * 1024) /* that wait for a client whose next request is taken */

/* May the client that asks change things? False: `reply` says why not. Verbs that change something
 * are run for no other client. */
bool control_may_change(struct control_reply *reply);

/* Call when the client is gone, which is once; from then on it may be slow for as long as it likes.
 * False: it is watched already. */
bool client_watch(struct client *c, void (*gone)(void *arg), void *arg);

/*
 * For a verb: the request is answered later, by client_answer(), and the client's next request is
 * taken then. `gone` is called instead if the client leaves before: a client that only shuts down
 * its side waits for the answer. Then the answer must not come.
 */
void client_defer(struct client *c, void (*gone)(void *arg), void *arg);
/* Takes the parts of the reply over. */
void client_answer(struct client *c, struct control_reply *reply);

/* Send it a line that it did not ask for, unless more than `bound` octets would wait for it then:
 * false. Takes the object over. */
bool client_push(struct client *c, json_t *object, size_t bound);
size_t client_waiting(const struct client *c); /* octets that it has not taken yet */

struct control_verb {
	const char *name;
	bool changes; /* something: not each client may, and it is logged with the client's user */
	void (*run)(void *context, const json_t *params, struct control_reply *reply);
};

struct control;

/*
 * Listen at `path`, for processes that have access (its texts are copied): the mode is 0660, or
 * 0666 when everyone may read. A socket that a dead daemon left behind is replaced, and
 * one that is removed is made anew. `verbs` ends
 * with a NULL name. On failure NULL, and *error (owned by the caller) is one sentence.
 */
struct control *control_open(struct event_base *base, const char *path,
			     const struct control_access *access, const struct control_verb *verbs,
			     void *context, char **error);
void control_close(struct control *c); /* removes the socket; NULL is fine */

#endif
