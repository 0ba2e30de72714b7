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

struct probe_interface *probe_interface_open(const char *interface, uint64_t seed,
					     struct event_base *base, event_callback_fn call,
					     void *owner, char **error)
{
	struct probe_interface *p = xcalloc(1, sizeof(*p));
	uint64_t mac = 0;

	p->owner = owner;
	p->stands = true;
	p->fd = interface_find(interface, &p->interface, error)
			? probe_socket_open(&p->interface, error)
			: -1;
	if (p->fd < 0) {
		free(p);
		return NULL;
	}
	neighbour_mac(p->interface.mac, p->mac);
	memcpy(&mac, p->mac, sizeof(p->mac));
	rng_seed(&p->rng, seed ^ mac);
	p->event = event_new(base, p->fd, EV_READ | EV_PERSIST, call, p);
	if (!p->event || event_add(p->event, NULL) < 0)
		abort(); /* no memory */
	return p;
}

void probe_interface_close(struct probe_interface *p)
{
	event_free(p->event);
	close(p->fd);
	prefix_table_free(&p->networks);
	free(p);
}

bool probe_interface_stands(const struct probe_interface *p)
{
	return (int)if_nametoindex(p->interface.name) == p->interface.index;
}

void probe_interface_listen(struct probe_interface *p, bool answers)
{
	if (p->listens == answers)
		return;
	if (!probe_socket_listen(p->fd, &p->interface, answers) && answers)
		log_warn("%s: answers to probes may be missed: %s", p->interface.name,
			 strerror(errno));
	p->listens = answers;
}
