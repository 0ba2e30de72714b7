/* SPDX-License-Identifier: MIT */
/* probe_interface: an interface on which the main thread probes addresses (RFC 5227, RFC 4862 5.4).
 */
#ifndef SYNACKD_RUNTIME_PROBE_INTERFACE_H
#define SYNACKD_RUNTIME_PROBE_INTERFACE_H

#include "base/random.h"
#include "link/interface.h"
#include "wire/prefix_table.h"

#include <event2/event.h>

struct probe_interface {
	struct probe_interface *next; /* used by the owner */
	void *owner;
	struct interface interface;
	uint8_t mac[6]; /* the virtual MAC address */
	int fd;
	bool listens;                 /* receives answers */
	bool used;                    /* used by the owner */
	bool stands;                  /* probe_interface_stands() at the last look of the owner */
	struct prefix_table networks; /* of endpoints on this interface; set by the owner */
	struct event *event;
	struct rng rng; /* seeded with the MAC address: two hosts with one seed do not send at the
			   same time */
};

/* Opens the interface. `call` is called with the result as its argument whenever frames arrive. On
 * failure returns NULL, and *error is a message that the caller frees. */
struct probe_interface *probe_interface_open(const char *interface, uint64_t seed,
					     struct event_base *base, event_callback_fn call,
					     void *owner, char **error);
void probe_interface_close(struct probe_interface *p);

/* Returns true if the name still belongs to the same interface. */
bool probe_interface_stands(const struct probe_interface *p);

/* Starts or stops receiving answers; see probe_socket_listen(). */
void probe_interface_listen(struct probe_interface *p, bool answers);

#endif
