/* SPDX-License-Identifier: MIT */
/* table: aligned tables that fit the width of the screen. */
#ifndef SYNACKCTL_TABLE_H
#define SYNACKCTL_TABLE_H

#include "color.h"

#define TABLE_COLUMNS_MAX 12

enum column_kind {
	COLUMN_TEXT,
	COLUMN_NUMBER, /* aligned to the right */
	COLUMN_FLEX,   /* text that is broken into lines if the screen is narrow */
	COLUMN_NOTE,   /* as COLUMN_FLEX, but below its row if the screen is narrow */
};

/* If all titles are empty, the table has no heading. */
struct column {
	const char *title;
	enum column_kind kind;
};

struct table;

/* Creates a table. `column` ends with a NULL title, has at most TABLE_COLUMNS_MAX members, and must
 * remain valid until table_discard(). */
struct table *table_new(const struct column *column);
void table_discard(struct table *t);

/* Add the next cell, row by row. The table keeps a printable copy of the text; NULL is an empty
 * cell. */
void table_cell(struct table *t, const char *text);
void table_cell_color(struct table *t, enum color color, const char *text);
void table_cellf(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Returns the number of rows. An incomplete last row counts. */
size_t table_rows(const struct table *t);

/* Adds the table, each line after `indent` spaces. Empty columns are omitted. No line ends with a
 * space. No line is wider than a screen of at least 40 columns; if the columns do not fit beside
 * each other, each cell has its own line. */
void table_draw(const struct table *t, const struct screen *screen, unsigned indent,
		struct text *out);

#endif
