/* SPDX-License-Identifier: MIT */
/* An interface on which the main thread asks for addresses (RFC 5227, RFC 4862 5.4). */
#ifndef SYNACKD_RUNTIME_PROBE_INTERFACE_H
#define SYNACKD_RUNTIME_PROBE_INTERFACE_H

#include "base/random.h"
#include "link/interface.h"

#include <event2/event.h>

struct probe_interface {
	struct probe_interface *next; /* the owner's */
	void *owner;
	struct interface interface;
	uint8_t mac[6]; /* the virtual one */
	int fd;
	bool listens; /* to answers */
	bool used;    /* the owner's */
	struct event *event;
	struct rng rng; /* of this interface: two hosts with one seed do not speak at once */
};

/* Have `call` called with the structure whenever there are frames. NULL: it cannot be had,
 * and *error (owned by the caller) is one sentence. */
struct probe_interface *probe_interface_open(const char *interface, uint64_t seed,
					     struct event_base *base, event_callback_fn call,
					     void *owner, char **error);
void probe_interface_close(struct probe_interface *p);

/* Is it still the interface of this name? */
bool probe_interface_stands(const struct probe_interface *p);

/* Listen to answers, too, or no longer: probe_socket_listen(). */
void probe_interface_listen(struct probe_interface *p, bool answers);

#endif
