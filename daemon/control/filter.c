/* SPDX-License-Identifier: MIT */
#include "control/filter.h"

#include "control/params.h"
#include "runtime/live_endpoint.h"

#include <stdio.h>
#include <string.h>

bool filter_read(struct daemon *d, const json_t *params, struct filter *out,
		 struct control_reply *reply)
{
	const char *name = param_text(params, "endpoint");
	const struct live_endpoint *l = name ? live_endpoint_find_any(d, name) : NULL;

	*out = (struct filter){.any_client = !param_text(params, "client")};
	if (name)
		snprintf(out->endpoint, sizeof(out->endpoint), "%s", l ? l->name : name);
	if (l) {
		out->has_place = true;
		out->address = l->config->address;
		out->port_from = l->config->port_from;
		out->port_to = l->config->port_to;
	}
	return out->any_client || param_client(params, &out->client, reply);
}

bool filter_restricts(const struct filter *f)
{
	return *f->endpoint || !f->any_client;
}

static bool is_at_its_place(const struct filter *f, const struct flow_key *key)
{
	return f->has_place && prefix_contains(&f->address, &key->server) &&
	       f->port_from <= key->server_port && key->server_port <= f->port_to;
}

bool filter_takes(const struct filter *f, const char *endpoint, const struct flow_key *key)
{
	if (!f->any_client && !prefix_contains(&f->client, &key->client))
		return false;
	if (!*f->endpoint)
		return true;
	return endpoint ? strcmp(f->endpoint, endpoint) == 0 : is_at_its_place(f, key);
}

bool filter_explains(const struct filter *f, struct daemon *d, const json_t *params,
		     struct control_reply *reply)
{
	return *f->endpoint && !f->has_place && !param_endpoint(d, params, reply);
}
