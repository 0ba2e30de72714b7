/* SPDX-License-Identifier: MIT */
#include "base/causes.h"

static uint8_t add_mark(uint16_t *list, uint8_t count, uint8_t most, uint16_t mark)
{
	for (unsigned i = 0; i < count; i++)
		if (list[i] == mark)
			return count;
	if (count == most)
		return count;
	list[count] = mark;
	return (uint8_t)(count + 1);
}

void causes_add_label(struct causes *m, uint16_t label)
{
	m->labels = add_mark(m->label, m->labels, CAUSES_LABELS_MAX, label);
}

void causes_add_use(struct causes *m, uint16_t use)
{
	m->uses = add_mark(m->use, m->uses, CAUSES_USES_MAX, use);
}
