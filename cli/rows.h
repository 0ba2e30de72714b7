/* SPDX-License-Identifier: MIT */
/* rows: draws a JSON array as a table. */
#ifndef SYNACKCTL_ROWS_H
#define SYNACKCTL_ROWS_H

#include "table.h"

#include <jansson.h>

/* Adds a table with one row for each member of the array, which `add` writes. If the array is
 * empty, adds the sentence `nothing`. Returns the number of rows. */
size_t rows_draw(const struct column *columns, const json_t *array,
		 void (*add)(struct table *t, const json_t *member), const char *nothing,
		 const struct screen *screen, struct text *out);

#endif
