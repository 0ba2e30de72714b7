/* SPDX-License-Identifier: MIT */
/* What an operator does to connections while the responder runs. */
#include "responder_private.h"

#include <stdlib.h>

/* The connections of one endpoint: they go while the table is not being walked. */
struct gathering {
	uint32_t endpoint;
	struct flow_key *key;
	size_t count;
};

static bool gather(struct flow *f, void *arg)
{
	struct gathering *g = arg;

	if (flow_rules(f)->endpoint == g->endpoint)
		g->key[g->count++] = f->key;
	return true;
}

size_t responder_abort_endpoint(struct responder *r, uint32_t endpoint)
{
	struct gathering g = {.endpoint = endpoint};

	g.key = malloc((r->table.count + 1) * sizeof(*g.key));
	if (!g.key) {
		r->counter[COUNT_NO_MEMORY]++;
		return 0;
	}
	table_walk(&r->table, gather, &g);
	for (size_t i = 0; i < g.count; i++) {
		struct flow *f = flow_find(r, &g.key[i]);

		/* The end of one may be the end of another, if a rule says so. */
		if (f)
			responder_move(r, f, MACHINE_ABORT);
	}
	free(g.key);
	return g.count;
}
