/* SPDX-License-Identifier: MIT */
#include "runtime/unbounded.h"

#include "config/allow_list.h"
#include "runtime/publish.h"

#include <stdlib.h>

static unsigned count(const struct daemon *d)
{
	unsigned n = 0;

	for (const struct unbounded *u = d->unbounded; u; u = u->next)
		n++;
	return n;
}

struct unbounded *unbounded_begin(struct daemon *d, const struct addr *client, struct diag *diag)
{
	const struct prefix only = {*client, ADDR_BITS};
	char text[ADDR_TEXT_MAX];
	struct unbounded *u;

	if (!config_answers(d->config, &only)) {
		diag_error(diag, NULL, 0, NULL,
			   "%s is not answered: add it to 'clients' in the config",
			   addr_format(client, text));
		return NULL;
	}
	if (count(d) == UNBOUNDED_MAX) {
		diag_error(diag, NULL, 0, NULL,
			   "%d clients are without bounds already, which is the maximum: stop a "
			   "run of 'judge --live'",
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
