/* SPDX-License-Identifier: MIT */
#include "engine/endpoint_update.h"

#include "base/text.h"

#include <stdlib.h>

static uint32_t numbers_of(const struct endpoint_index *e, uint32_t numbers)
{
	for (unsigned i = 0; e && i < e->count; i++)
		if (e->endpoint[i].number >= numbers)
			numbers = e->endpoint[i].number + 1;
	return numbers;
}

/* Returns true, once, if the number belonged to another endpoint before. */
static bool is_again(struct endpoint_number *n)
{
	bool again = n && n->again;

	if (again)
		n->again = false;
	return again;
}

/* Lists the endpoints that have other rules than before, or the number of a former endpoint. */
static void find_changed(struct endpoint_update *u, const struct endpoint_index *before)
{
	const struct endpoint_index *e = u->endpoints;
	const struct ruleset **rules =
		xcalloc(numbers_of(before, u->numbers) + 1, sizeof(struct ruleset *));

	u->number = xcalloc(e->count + 1, sizeof(*u->number));
	for (unsigned i = 0; before && i < before->count; i++)
		rules[before->endpoint[i].number] = before->endpoint[i].rules;
	for (unsigned i = 0; i < e->count; i++) {
		uint32_t number = e->endpoint[i].number;

		if (is_again(e->endpoint[i].holder) ||
		    (rules[number] && rules[number] != e->endpoint[i].rules))
			u->number[u->changed++] = number;
	}
	free(rules);
}

void endpoint_update_begin(struct endpoint_update *u, const struct endpoint_index *before,
			   struct endpoint_index *e, nstime now)
{
	*u = (struct endpoint_update){.endpoints = e, .numbers = numbers_of(e, 0)};
	for (unsigned i = 0; i < e->count; i++) {
		ruleset_name(e->endpoint[i].rules, e->endpoint[i].number, e->endpoint[i].name);
		if (e->endpoint[i].holder)
			ruleset_hold_number(e->endpoint[i].rules, e->endpoint[i].holder);
		ruleset_begin(e->endpoint[i].rules, now);
	}
	find_changed(u, before);
}

void endpoint_update_end(struct endpoint_update *u)
{
	endpoint_index_put(u->endpoints);
	free(u->number);
	*u = (struct endpoint_update){0};
}
