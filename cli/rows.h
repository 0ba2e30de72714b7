/* SPDX-License-Identifier: MIT */
#ifndef SYNACKCTL_ROWS_H
#define SYNACKCTL_ROWS_H

#include "table.h"

#include <jansson.h>

/* Add a table with a row for each member of an array, as `add` writes it; `nothing`, a sentence,
 * when there is none. Returns the number of rows. */
size_t rows_draw(const struct column *columns, const json_t *array,
		 void (*add)(struct table *t, const json_t *member), const char *nothing,
		 const struct screen *screen, struct text *out);

#endif
