/* SPDX-License-Identifier: MIT */
#include "tcp/flow.h"

#include <string.h>

uint64_t flow_key_hash(const struct siphash_key *secret, const struct flow_key *k)
{
	uint8_t octets[FLOW_OCTETS_MAX];

	if (flow_key_octets(k, octets) == FLOW_OCTETS_V4)
		return siphash_12(secret, octets);
	return siphash(secret, octets, FLOW_OCTETS_MAX);
}

struct flow_key flow_key_of(const struct flow *f)
{
	const uint8_t *ports = f->octets + flow_octets(f) - 4;
	struct flow_key k;

	if (f->v4) {
		addr_from_v4(&k.client, f->octets);
		addr_from_v4(&k.server, f->octets + 4);
	} else {
		memcpy(k.client.b, f->octets, sizeof(k.client.b));
		memcpy(k.server.b, f->octets + 16, sizeof(k.server.b));
	}
	k.client_port = get_u16(ports);
	k.server_port = get_u16(ports + 2);
	return k;
}

void flow_set_key(struct flow *f, const struct flow_key *k)
{
	f->v4 = flow_key_octets(k, f->octets) == FLOW_OCTETS_V4;
}

void flow_copy(struct flow *to, const struct flow *from)
{
	memcpy(to, from, offsetof(struct flow, octets) + flow_octets(from));
	to->node = (struct hash_node){0};
	to->timer = (struct timer){0};
}
