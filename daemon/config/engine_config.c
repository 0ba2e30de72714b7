/* SPDX-License-Identifier: MIT */
#include "config/engine_config.h"

#include "base/text.h"
#include "engine/responder.h"

#include <stdlib.h>

struct responder_limits config_limits(const struct config *c)
{
	return (struct responder_limits){
		.half_open_max = c->half_open_max,
		.connections_max = c->connections_max,
		.time_wait_max = c->time_wait_max,
		.delayed_max = c->delayed_max,
		.trace_size = c->trace_size,
		.reflection_rate = c->reflection_rate,
		.loops = c->loops,
	};
}

struct endpoint_index *config_endpoint_index(const struct config *c)
{
	struct endpoint *list = xcalloc(c->endpoints, sizeof(*list));
	struct endpoint_index *all;

	for (unsigned i = 0; i < c->endpoints; i++) {
		const struct endpoint_config *from = &c->endpoint[i];

		list[i] = (struct endpoint){
			.name = from->name,
			.number = i + 1,
			.address = from->address,
			.port_from = from->port_from,
			.port_to = from->port_to,
			.rules = from->rules,
		};
	}
	all = endpoint_index_build(list, c->endpoints, c->client, c->clients);
	free(list);
	return all;
}
