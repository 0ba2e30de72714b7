/* SPDX-License-Identifier: MIT */
#include "tcp/plan.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define CAP_MIN 16

#define BLOCK 65536

/* A block of payloads. The first one of a plan is kept for the next. */
struct plan_octets {
	struct plan_octets *next;
	size_t used, cap;
	uint8_t octet[];
};

static void make_room(struct plan *p)
{
	if (p->count < p->cap)
		return;
	p->cap = p->cap ? p->cap * 2 : CAP_MIN;
	p->item = xrealloc(p->item, p->cap * sizeof(*p->item));
}

struct plan_item *plan_add(struct plan *p)
{
	make_room(p);
	p->item[p->count] = (struct plan_item){0};
	return &p->item[p->count++];
}

struct plan_item *plan_copy(struct plan *p, unsigned at)
{
	make_room(p);
	memmove(&p->item[at + 1], &p->item[at], (p->count - at) * sizeof(*p->item));
	p->count++;
	return &p->item[at + 1];
}

void plan_label(struct plan_item *item, uint16_t label)
{
	for (unsigned i = 0; i < item->labels; i++)
		if (item->label[i] == label)
			return;
	if (item->labels < PLAN_LABELS_MAX)
		item->label[item->labels++] = label;
}

const uint8_t *plan_keep(struct plan *p, const uint8_t *octets, size_t n)
{
	struct plan_octets *block = p->octets;
	uint8_t *at;

	if (!block || block->cap - block->used < n) {
		size_t cap = n > BLOCK ? n : BLOCK;

		block = malloc(sizeof(*block) + cap);
		if (!block)
			return NULL;
		*block = (struct plan_octets){.next = p->octets, .cap = cap};
		p->octets = block;
	}
	at = block->octet + block->used;
	memcpy(at, octets, n);
	block->used += n;
	return at;
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
	p->count = p->moves = 0;
	forget_blocks(p, 1);
}

void plan_free(struct plan *p)
{
	forget_blocks(p, 0);
	free(p->item);
	*p = (struct plan){0};
}
