/* SPDX-License-Identifier: MIT */
#include "control/connection_rows.h"

#include <stdlib.h>
#include <string.h>

static bool is_wanted(const struct connection_rows *rows, const struct connection_info *info)
{
	return (rows->any_state || info->state == rows->state) &&
	       filter_takes(&rows->filter, info->endpoint, &info->key) &&
	       (!rows->behaviour || catalogue_is_joined(info->behaviour, rows->behaviour->name));
}

static void take_row(const struct connection_info *info, void *arg)
{
	struct connection_rows *rows = arg;
	struct connection_row *row = &rows->row[rows->count];

	if (rows->count == rows->most || rows->no_memory || !is_wanted(rows, info))
		return;
	*row = (struct connection_row){
		.info = *info,
		.behaviour = strdup(info->behaviour),
		.endpoint = strdup(info->endpoint ? info->endpoint : ""),
	};
	rows->count++;
	rows->no_memory |= !row->behaviour || !row->endpoint;
}

/* Allocates space for the rows of a worker. The kernel provides memory for used rows only. */
static void make_room(struct connection_rows *rows)
{
	unsigned most = rows->count + CONNECTION_ROWS_MAX;
	struct connection_row *larger = realloc(rows->row, most * sizeof(*rows->row));

	rows->no_memory |= !larger;
	if (!larger)
		return;
	rows->row = larger;
	rows->most = most;
}

bool connection_rows_take(struct responder *r, size_t *cursor, void *arg)
{
	struct connection_rows *rows = arg;

	if (!*cursor)
		make_room(rows);
	return rows->count < rows->most && !rows->no_memory &&
	       responder_connections(r, cursor, take_row, rows);
}

static int by_id(const void *a, const void *b)
{
	const struct connection_row *x = a, *y = b;

	return (x->info.id > y->info.id) - (x->info.id < y->info.id);
}

static void row_free(struct connection_row *row)
{
	free(row->behaviour);
	free(row->endpoint);
}

void connection_rows_sort(struct connection_rows *rows)
{
	unsigned kept = 0;

	if (rows->count)
		qsort(rows->row, rows->count, sizeof(*rows->row), by_id);
	for (unsigned i = 0; i < rows->count; i++) {
		if (kept && rows->row[kept - 1].info.id == rows->row[i].info.id)
			row_free(&rows->row[i]);
		else
			rows->row[kept++] = rows->row[i];
	}
	rows->count = kept;
}

void connection_rows_free(struct connection_rows *rows)
{
	while (rows->count)
		row_free(&rows->row[--rows->count]);
	free(rows->row);
	rows->row = NULL;
	rows->most = 0;
}
