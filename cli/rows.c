/* SPDX-License-Identifier: MIT */
#include "rows.h"

size_t rows_draw(const struct column *columns, const json_t *array,
		 void (*add)(struct table *t, const json_t *member), const char *nothing,
		 const struct screen *screen, struct text *out)
{
	struct table *t = table_new(columns);
	const json_t *member;
	size_t i, rows;

	json_array_foreach (array, i, member)
		add(t, member);
	rows = table_rows(t);
	if (rows)
		table_draw(t, screen, 0, out);
	else
		text_addf(out, "%s\n", nothing);
	table_discard(t);
	return rows;
}
