/* SPDX-License-Identifier: MIT */
/* fuzz_packet: libFuzzer target. Decodes the input as an IP packet. A packet that decodes must
 * encode to a valid packet that decodes to the same segment. */
#include "wire/icmp.h"
#include "wire/ip_rules.h"
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"
#include "wire/reassembly.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct segment *a, const struct segment *b)
{
	return addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst) &&
	       a->sport == b->sport && a->dport == b->dport && a->seq == b->seq &&
	       a->ack == b->ack && a->flags == b->flags && a->reserved == b->reserved &&
	       a->window == b->window && a->urgent == b->urgent && a->opt_len == b->opt_len &&
	       memcmp(a->opt, b->opt, a->opt_len) == 0 && a->len == b->len &&
	       memcmp(a->payload, b->payload, a->len) == 0 && a->ttl == b->ttl &&
	       a->tos == b->tos && a->df == b->df && a->ip_id == b->ip_id && a->flow == b->flow;
}

/* An ICMP error that passes with its checksums verified must be the same error without. */
static void receive_icmp(const uint8_t *data, size_t size)
{
	struct segment about[2];
	struct icmp m[2];
	bool whole = icmp_decode(data, size, true, &m[0]);

	if (!icmp_decode(data, size, false, &m[1])) {
		if (whole)
			abort();
		return;
	}
	if (!icmp_about(&m[1], &about[1]) || !whole)
		return;
	if (!icmp_about(&m[0], &about[0]) || about[0].seq != about[1].seq)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ip_problem problem;
	static struct reassembly reassembly;
	static nstime now;
	static uint8_t out[2][1 << 17];
	struct segment a, b;
	size_t len;

	receive_icmp(data, size);
	/* Fragments of successive inputs stay in the reassembly, and the clock advances. */
	ip_check(data, size, &problem);
	if (packet_decode(data, size, false, &a) == WIRE_FRAGMENT)
		reassembly_put(&reassembly, data, size, now += NS_PER_S, &len);
	packet_decode(data, size, true, &a);
	if (packet_decode(data, size, false, &a) != WIRE_OK)
		return 0;
	len = packet_encode(&a, out[0], sizeof(out[0]));
	if (!len || len > packet_size(&a) || data[0] >> 4 != out[0][0] >> 4)
		abort();
	if (packet_decode(out[0], len, true, &b) != WIRE_OK || !same(&a, &b))
		abort();
	if (packet_encode(&b, out[1], sizeof(out[1])) != len || memcmp(out[0], out[1], len) != 0)
		abort();
	return 0;
}
