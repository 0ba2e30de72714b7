/* SPDX-License-Identifier: MIT */
#include "control/traces.h"

#include "behaviour/moved.h"
#include "control/describe.h"
#include "control/records.h"
#include "judge/gather.h"
#include "runtime/live_endpoint.h"

#include <string.h>

/* Returns false if no record of the copy contains the endpoint and the behaviour. */
static bool read_met(const struct trace_copy *c, struct moved *out)
{
	const struct trace_record *r = NULL;

	while ((r = trace_copy_next(c, r)))
		if (moved_read(r, out))
			return true;
	return false;
}

/* Adds the present endpoint at the place, and its behaviour. */
static void add_endpoint(json_t *trace, struct daemon *d, const struct trace_copy *c)
{
	json_t *place = describe_place(&c->key.server, c->key.server_port);
	const struct live_endpoint *l = live_endpoint_find(d, json_string_value(place));

	json_object_set_new(trace, "endpoint", l ? json_string(l->name) : json_null());
	json_object_set_new(trace, "behaviour",
			    l ? describe_text(live_endpoint_behaviour(l)) : json_null());
	json_decref(place);
}

json_t *describe_met_trace(struct daemon *d, const struct trace_copy *c, bool octets)
{
	json_t *trace = describe_trace(c, octets);
	struct moved met;

	if (read_met(c, &met) && *met.endpoint) {
		json_object_set_new(trace, "endpoint", json_string(met.endpoint));
		json_object_set_new(trace, "behaviour", describe_text(met.behaviour));
	} else {
		add_endpoint(trace, d, c);
	}
	return trace;
}

static bool takes(const struct filter *f, const struct trace_copy *c)
{
	struct moved met;

	if (!filter_restricts(f))
		return true;
	return filter_takes(f, read_met(c, &met) ? met.endpoint : NULL, &c->key);
}

json_t *describe_traces(struct daemon *d, const struct trace *t, const struct filter *f,
			unsigned most, bool octets, unsigned *left_out)
{
	json_t *traces = json_array();
	struct trace_copies all;
	size_t size = 0;
	bool full = false;

	*left_out = 0;
	if (!trace_copies_take(&all, t, f->any_client ? NULL : &f->client)) {
		json_decref(traces);
		return NULL;
	}
	for (unsigned i = all.count; i > 0; i--) {
		const struct trace_copy *c = &all.copy[i - 1];

		if (!takes(f, c))
			continue;
		size += c->size;
		full |= json_array_size(traces) == most ||
			(json_array_size(traces) && size > TRACES_OCTETS_MAX);
		if (full)
			++*left_out;
		else
			json_array_insert_new(traces, 0, describe_met_trace(d, c, octets));
	}
	trace_copies_free(&all);
	return traces;
}
