/* SPDX-License-Identifier: MIT */
#include "placement.h"

#include "base/text.h"
#include "link/interface.h"
#include "link/packet.h"

#include <stdio.h>
#include <stdlib.h>

static bool single_address(const struct prefix *p)
{
	return p->bits == 128;
}

static bool owned(const struct prefix *p)
{
	char name[IF_NAMESIZE];

	return single_address(p) &&
	       (packet_interface_of(&p->addr, name) || interface_is_local(&p->addr));
}

static bool on_loopback(const struct addr *a)
{
	struct interface of;
	char name[IF_NAMESIZE], *error = NULL;
	bool found = packet_interface_of(a, name) && interface_find(name, &of, &error);

	free(error);
	return found && of.loopback;
}

/* Whoever asks for an address in a network of ours would hear two answers. */
static char *why_not(const struct prefix *p)
{
	char name[IF_NAMESIZE], text[ADDR_TEXT_MAX], network[ADDR_TEXT_MAX];
	struct addr own;

	if (addr_is_unanswerable(&p->addr) && single_address(p))
		return xasprintf("nobody has the address %s: name another",
				 addr_format(&p->addr, text));
	if (!interface_owns_within(p, &own, name))
		return NULL;
	return xasprintf("%s holds %s, which this host has itself (%s): name a smaller network, or "
			 "single addresses",
			 prefix_format(p, network), addr_format(&own, text), name);
}

/* The interface that the endpoint names. */
static bool use_named(const struct endpoint_config *e, struct placement *out, char **problem)
{
	struct interface found;
	char text[ADDR_TEXT_MAX];

	if (!interface_find(e->interface, &found, problem))
		return false;
	if (found.loopback || !found.ethernet) {
		*problem = xasprintf("this host does not have %s, and nobody asks for it on %s, "
				     "which has no link addresses: add it there with `ip address "
				     "add`, or name an interface with Ethernet",
				     prefix_format(&e->address, text), e->interface);
		return false;
	}
	snprintf(out->interface, sizeof(out->interface), "%s", e->interface);
	return true;
}

bool placement_find(const struct endpoint_config *e, bool (*may_use)(const char *name, void *arg),
		    void *arg, struct placement *out, char **problem)
{
	char text[ADDR_TEXT_MAX];

	*out = (struct placement){.owned = owned(&e->address)};
	out->loopback = out->owned && on_loopback(&e->address.addr);
	*problem = NULL;
	if (out->owned)
		return true;
	*problem = why_not(&e->address);
	if (*problem)
		return false;
	if (*e->interface)
		return use_named(e, out, problem);
	if (interface_beside(&e->address, may_use, arg, out->interface))
		return true;
	*problem = xasprintf("this host does not have %s, nor does an interface that we listen on "
			     "have an address beside it: set the endpoint's `interface`, or add "
			     "the address to one with `ip address add`",
			     prefix_format(&e->address, text));
	return false;
}
