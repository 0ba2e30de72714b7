/* SPDX-License-Identifier: MIT */
#include "runtime/trace_rings.h"

#include "base/text.h"

#include <stdlib.h>

bool trace_rings_make(struct daemon *d, const struct config *config, struct trace **out,
		      struct diag *diag)
{
	unsigned count = workers_count(d->workers);

	*out = NULL;
	if (config->trace_size == d->config->trace_size)
		return true;
	*out = xcalloc(count, sizeof(**out));
	for (unsigned i = 0; i < count; i++) {
		if (trace_try_init(&(*out)[i], config->trace_size))
			continue;
		diag_error(
			diag, config->path, 0, "trace_size",
			"out of memory for %zu octets in each of %u workers: choose a smaller size",
			config->trace_size, count);
		trace_rings_free(d, *out);
		*out = NULL;
		return false;
	}
	return true;
}

static void move(struct responder *r, void *arg)
{
	struct trace *rings = arg;

	trace_move(responder_trace(r), &rings[responder_number(r)]);
}

/* The main thread frees the old rings, as unmapping a large ring takes long. */
void trace_rings_use(struct daemon *d, struct trace *rings)
{
	if (rings)
		workers_call(d->workers, move, rings);
	trace_rings_free(d, rings);
}

void trace_rings_free(struct daemon *d, struct trace *rings)
{
	for (unsigned i = 0; rings && i < workers_count(d->workers); i++)
		trace_free(&rings[i]);
	free(rings);
}
