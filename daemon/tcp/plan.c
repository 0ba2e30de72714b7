/* SPDX-License-Identifier: MIT */
#include "tcp/plan.h"

#include "wire/ip_numbers.h"
#include "wire/packet_encode.h"

#include <stdlib.h>
#include <string.h>

#define CAP_MIN 16

#define BLOCK 65536

#define ALIGNED sizeof(uint64_t)

/* A block of payloads. A plan keeps its first block for the next step. */
struct plan_octets {
	struct plan_octets *next;
	size_t used, cap;
	_Alignas(ALIGNED) uint8_t octet[];
};

static bool make_room(struct plan *p, unsigned n)
{
	unsigned cap = p->cap ? p->cap * 2 : CAP_MIN;
	struct plan_item *larger;

	if (p->cap - p->count >= n)
		return true;
	if (cap - p->count < n)
		cap = p->count + n;
	larger = realloc(p->item, cap * sizeof(*p->item));
	if (!larger) {
		p->lost += n;
		return false;
	}
	p->item = larger;
	p->cap = cap;
	return true;
}

struct plan_item *plan_add_enlarged(struct plan *p)
{
	if (make_room(p, 1))
		return plan_add(p);
	p->spare = (struct plan_item){0};
	return &p->spare;
}

bool plan_insert(struct plan *p, unsigned at, unsigned n)
{
	if (!make_room(p, n))
		return false;
	memmove(&p->item[at + n], &p->item[at], (p->count - at) * sizeof(*p->item));
	memset(&p->item[at], 0, n * sizeof(*p->item));
	p->count += n;
	return true;
}

unsigned plan_grant(struct plan *p, unsigned n)
{
	unsigned left = PLAN_ADDED_MAX - p->added, granted = n < left ? n : left;

	p->added += granted;
	p->refused += n - granted;
	return granted;
}

uint8_t *plan_room(struct plan *p, size_t n)
{
	struct plan_octets *block = p->octets;

	n = (n + ALIGNED - 1) / ALIGNED * ALIGNED; /* so that the next allocation is aligned, too */
	if (!block || block->cap - block->used < n) {
		size_t cap = n > BLOCK ? n : BLOCK;

		block = malloc(sizeof(*block) + cap);
		if (!block)
			return NULL;
		*block = (struct plan_octets){.next = p->octets, .cap = cap};
		p->octets = block;
	}
	block->used += n;
	return block->octet + block->used - n;
}

const uint8_t *plan_keep(struct plan *p, const void *octets, size_t n)
{
	uint8_t *at = plan_room(p, n);

	if (at)
		memcpy(at, octets, n);
	return at;
}

struct plan_item *plan_icmp(struct plan *p, const struct segment *about, const char *name,
			    uint32_t rest)
{
	uint8_t type, code;

	if (!icmp_by_name(name, addr_is_v4(&about->dst), &type, &code))
		return NULL;
	return plan_icmp_numbered(p, about, type, code, rest);
}

struct plan_item *plan_icmp_numbered(struct plan *p, const struct segment *about, uint8_t type,
				     uint8_t code, uint32_t rest)
{
	size_t room = packet_size(about);
	uint8_t *quote = plan_room(p, room);
	struct icmp m = {
		.src = about->dst,
		.dst = about->src,
		.type = type,
		.code = code,
		.rest = rest,
		.ttl = ICMP_TTL,
		.quote = quote,
	};
	struct plan_item *item;

	if (quote)
		m.quote_len = (uint16_t)packet_encode(about, quote, room);
	if (!m.quote_len)
		return NULL;
	item = plan_add(p);
	item->is_icmp = true;
	item->icmp = m;
	return item;
}

static void forget_blocks(struct plan *p, unsigned keep)
{
	while (p->octets && (!keep || p->octets->next)) {
		struct plan_octets *next = p->octets->next;

		free(p->octets);
		p->octets = next;
	}
	if (p->octets)
		p->octets->used = 0;
}

void plan_clear(struct plan *p)
{
	p->count = p->moves = p->lost = p->added = p->refused = 0;
	forget_blocks(p, 1);
}

void plan_free(struct plan *p)
{
	forget_blocks(p, 0);
	free(p->item);
	*p = (struct plan){0};
}
