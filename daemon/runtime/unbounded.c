/* SPDX-License-Identifier: MIT */
#include "runtime/unbounded.h"

#include "runtime/daemon_private.h"

#include <stdlib.h>
#include <string.h>

struct unbounded {
	struct addr client;
	struct daemon *daemon;
	struct unbounded *next;
};

static bool is_allowed(const struct config *c, const struct addr *client)
{
	for (unsigned i = 0; i < c->clients; i++)
		if (prefix_contains(&c->client[i].network, client))
			return true;
	return false;
}

static unsigned count(const struct daemon *d)
{
	unsigned n = 0;

	for (const struct unbounded *u = d->unbounded; u; u = u->next)
		n++;
	return n;
}

struct unbounded *unbounded_begin(struct daemon *d, const struct addr *client, struct diag *diag)
{
	char text[ADDR_TEXT_MAX];
	struct unbounded *u;

	if (!is_allowed(d->config, client)) {
		diag_error(diag, NULL, 0, NULL,
			   "%s is not answered at all: add it to `clients` of the config first",
			   addr_format(client, text));
		return NULL;
	}
	if (count(d) == UNBOUNDED_MAX) {
		diag_error(diag, NULL, 0, NULL,
			   "%d clients have no bounds already, the most there can be: end a run of "
			   "`judge --live` first",
			   UNBOUNDED_MAX);
		return NULL;
	}
	u = xcalloc(1, sizeof(*u));
	*u = (struct unbounded){.client = *client, .daemon = d, .next = d->unbounded};
	d->unbounded = u;
	publish(d);
	return u;
}

void unbounded_end(struct unbounded *u)
{
	struct daemon *d = u->daemon;
	struct unbounded **at = &d->unbounded;

	while (*at != u)
		at = &(*at)->next;
	*at = u->next;
	free(u);
	publish(d);
}

unsigned unbounded_clients(const struct daemon *d, struct allowed **out)
{
	const struct config *c = d->config;
	unsigned n = 0;

	/* They come first: among entries that are as narrow the first counts. */
	*out = xcalloc(count(d) + c->clients + 1, sizeof(**out));
	for (const struct unbounded *u = d->unbounded; u; u = u->next)
		if (is_allowed(c, &u->client))
			(*out)[n++] = (struct allowed){.network = {u->client, ADDR_BITS}};
	if (c->clients)
		memcpy(*out + n, c->client, c->clients * sizeof(**out));
	return n + c->clients;
}
