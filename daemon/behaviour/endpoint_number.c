/* SPDX-License-Identifier: MIT */
#include "behaviour/endpoint_number.h"

#include "base/text.h"

#include <stdlib.h>

/* New numbers after each search that found none, as a part of all: a search for each of many would
 * take long. So there are at most this part more numbers than were in use together. */
#define NEW_PART 16

/* Returns a number that only the table refers to; NULL if there is none. */
static struct endpoint_number *find_unused(struct endpoint_numbers *all)
{
	for (uint32_t i = 0; i < all->count; i++) {
		struct endpoint_number *n = all->number[all->at++ % all->count];

		if (__atomic_load_n(&n->references, __ATOMIC_ACQUIRE) == 1)
			return n;
	}
	all->fresh = all->count / NEW_PART + 1;
	return NULL;
}

struct endpoint_number *endpoint_numbers_assign(struct endpoint_numbers *all)
{
	struct endpoint_number *n = all->fresh ? NULL : find_unused(all);

	if (n) {
		n->again = true;
		return endpoint_number_get(n);
	}
	all->fresh--;
	n = xcalloc(1, sizeof(*n));
	*n = (struct endpoint_number){.value = all->count + 1, .references = 2};
	all->number = xrealloc(all->number, (all->count + 1) * sizeof(struct endpoint_number *));
	all->number[all->count++] = n;
	return n;
}

void endpoint_numbers_free(struct endpoint_numbers *all)
{
	for (uint32_t i = 0; i < all->count; i++)
		endpoint_number_put(all->number[i]);
	free(all->number);
	*all = (struct endpoint_numbers){0};
}

struct endpoint_number *endpoint_number_get(struct endpoint_number *n)
{
	__atomic_fetch_add(&n->references, 1, __ATOMIC_RELAXED);
	return n;
}

void endpoint_number_put(struct endpoint_number *n)
{
	if (n && !__atomic_sub_fetch(&n->references, 1, __ATOMIC_ACQ_REL))
		free(n);
}
