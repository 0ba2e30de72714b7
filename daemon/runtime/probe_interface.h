/* SPDX-License-Identifier: MIT */
/* An interface on which the main thread asks for addresses. */
#ifndef SYNACKD_RUNTIME_PROBE_INTERFACE_H
#define SYNACKD_RUNTIME_PROBE_INTERFACE_H

#include "base/random.h"
#include "link/interface.h"

#include <event2/event.h>

struct ear {
	struct ear *next; /* the owner's */
	void *owner;
	struct interface interface;
	uint8_t mac[6]; /* the virtual one */
	int fd;
	bool listens; /* to answers */
	bool used;    /* the owner's */
	struct event *event;
	struct rng rng; /* of this interface: two hosts with one seed do not speak at once */
};

/* Have `call` called with the ear whenever there are frames. NULL: it cannot be had, and *error
 * (owned by the caller) is one sentence. */
struct ear *ear_open(const char *interface, uint64_t seed, struct event_base *base,
		     event_callback_fn call, void *owner, char **error);
void ear_close(struct ear *ear);

/* Is it still the interface of this name? */
bool ear_stands(const struct ear *ear);

/* Listen to answers, too, or no longer: probe_socket_listen(). */
void ear_listen(struct ear *ear, bool answers);

#endif
