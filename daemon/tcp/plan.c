/* SPDX-License-Identifier: MIT */
#include "tcp/plan.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define CAP_MIN 16

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

void plan_clear(struct plan *p)
{
	p->count = p->moves = 0;
}

void plan_free(struct plan *p)
{
	free(p->item);
	*p = (struct plan){0};
}
