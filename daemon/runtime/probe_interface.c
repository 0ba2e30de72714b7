/* SPDX-License-Identifier: MIT */
#include "runtime/probe_interface.h"

#include "base/log.h"
#include "base/text.h"
#include "link/neighbour.h"
#include "link/probe_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ear *ear_open(const char *interface, uint64_t seed, struct event_base *base,
		     event_callback_fn call, void *owner, char **error)
{
	struct ear *ear = xcalloc(1, sizeof(*ear));
	uint64_t mac = 0;

	ear->owner = owner;
	ear->fd = interface_find(interface, &ear->interface, error)
			  ? probe_socket_open(&ear->interface, error)
			  : -1;
	if (ear->fd < 0) {
		free(ear);
		return NULL;
	}
	neighbour_mac(ear->interface.mac, ear->mac);
	memcpy(&mac, ear->mac, sizeof(ear->mac));
	rng_seed(&ear->rng, seed ^ mac);
	ear->event = event_new(base, ear->fd, EV_READ | EV_PERSIST, call, ear);
	if (!ear->event || event_add(ear->event, NULL) < 0)
		abort(); /* no memory */
	return ear;
}

void ear_close(struct ear *ear)
{
	event_free(ear->event);
	close(ear->fd);
	free(ear);
}

bool ear_stands(const struct ear *ear)
{
	return (int)if_nametoindex(ear->interface.name) == ear->interface.index;
}

void ear_listen(struct ear *ear, bool answers)
{
	if (ear->listens == answers)
		return;
	if (!probe_socket_listen(ear->fd, &ear->interface, answers) && answers)
		log_warn("%s: answers to probes may be missed: %s", ear->interface.name,
			 strerror(errno));
	ear->listens = answers;
}
