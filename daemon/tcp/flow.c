/* SPDX-License-Identifier: MIT */
#include "tcp/flow.h"

#include "wire/cursor.h"

#include <string.h>

/* Copies the last `len` octets of both addresses, which are all of them over IPv6. */
static inline size_t write_octets(const struct flow_key *k, size_t len, uint8_t *out)
{
	memcpy(out, k->client.b + sizeof(k->client.b) - len, len);
	memcpy(out + len, k->server.b + sizeof(k->server.b) - len, len);
	put_u16(out + 2 * len, k->client_port);
	put_u16(out + 2 * len + 2, k->server_port);
	return 2 * len + 4;
}

size_t flow_key_octets(const struct flow_key *k, uint8_t out[FLOW_OCTETS_MAX])
{
	return addr_is_v4(&k->client) ? write_octets(k, 4, out) : write_octets(k, 16, out);
}

uint64_t flow_key_hash(const struct siphash_key *secret, const struct flow_key *k)
{
	uint8_t octets[FLOW_OCTETS_MAX];

	if (flow_key_octets(k, octets) == FLOW_OCTETS_V4)
		return siphash_12(secret, octets);
	return siphash(secret, octets, FLOW_OCTETS_MAX);
}
