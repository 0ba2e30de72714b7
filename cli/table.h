/* SPDX-License-Identifier: MIT */
/* Aligned tables that know the width of the screen. */
#ifndef SYNACKCTL_TABLE_H
#define SYNACKCTL_TABLE_H

#include "color.h"

#define TABLE_COLUMNS_MAX 12

enum column_kind {
	COLUMN_TEXT,
	COLUMN_NUMBER, /* to the right */
	COLUMN_FLEX,   /* text that goes on in further lines when the screen is narrow */
	COLUMN_NOTE,   /* as COLUMN_FLEX, but below its row if the screen is narrow */
};

/* A column without a title in all of them means a table without a heading. */
struct column {
	const char *title;
	enum column_kind kind;
};

struct table;

/* `column` ends with a NULL title, has at most TABLE_COLUMNS_MAX, and outlives the table. */
struct table *table_new(const struct column *column);
void table_discard(struct table *t);

/* The next cell, row by row. The text is copied, made printable; NULL is an empty cell. */
void table_cell(struct table *t, const char *text);
void table_cell_color(struct table *t, enum color color, const char *text);
void table_cellf(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Rows begun so far. */
size_t table_rows(const struct table *t);

/*
 * Add the table to `out`, each line after `indent` spaces. Columns in which no row has anything are
 * left out. No line ends with a space, and none is wider than the screen, if that has 40 columns:
 * where there is room for no column, each cell of a row has a line of its own.
 */
void table_draw(const struct table *t, const struct screen *screen, unsigned indent,
		struct text *out);

#endif
