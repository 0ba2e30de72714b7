/* SPDX-License-Identifier: MIT */
#include "catalogue/catalogue_finish.h"

#include "catalogue/compile.h"

#include <stdlib.h>
#include <string.h>

/* Reports a behaviour whose name or number is reserved. */
static void check_reservations(const struct catalogue *c, const struct behaviour *b,
			       struct diag *diag)
{
	for (unsigned i = 0; i < c->reserved; i++) {
		const struct reservation *r = &c->reservation[i];

		if (strcmp(r->name, b->name) == 0)
			diag_error(diag, b->file, b->line, b->name,
				   "name reserved at %s:%u for a future behaviour: choose another "
				   "name",
				   r->file, r->line);
		else if (b->number && r->number == b->number)
			diag_error(diag, b->file, b->line, b->name,
				   "number %u reserved for '%s' at %s:%u: choose another number",
				   b->number, r->name, r->file, r->line);
	}
}

/* If two behaviours have the same number, the later one is reported and loses its number, so that
 * it causes no further errors. */
static void check_number(struct catalogue *c, unsigned at, struct diag *diag)
{
	struct behaviour *b = &c->behaviour[at];

	for (unsigned i = 0; i < at && b->number; i++) {
		const struct behaviour *a = &c->behaviour[i];

		if (a->number != b->number)
			continue;
		diag_error(diag, b->file, b->line, b->name,
			   "number %u in use by '%s' at %s:%u: choose another number", b->number,
			   a->name, a->file, a->line);
		b->number = 0;
	}
}

/* Orders by number, behaviours without a number last, then by name. */
static int compare(const void *a, const void *b)
{
	const struct behaviour *x = a, *y = b;

	if (x->number != y->number)
		return x->number - 1 < y->number - 1 ? -1 : 1; /* 0 wraps to the greatest value */
	return strcmp(x->name, y->name);
}

void catalogue_finish(struct catalogue *c, struct diag *diag)
{
	for (unsigned i = 0; i < c->count; i++) {
		if (!c->behaviour[i].broken)
			behaviour_check(c, &c->behaviour[i], diag);
		check_reservations(c, &c->behaviour[i], diag);
		check_number(c, i, diag);
	}
	if (c->count)
		qsort(c->behaviour, c->count, sizeof(*c->behaviour), compare);
}
