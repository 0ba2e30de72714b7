/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define GAP        2
#define FLEX_LEAST 16

struct cell {
	char *text;
	enum color color;
};

struct table {
	const struct column *column;
	size_t columns;
	struct cell *cell;
	size_t cells;
	size_t room;
};

struct table *table_new(const struct column *column)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->column = column;
	while (column[t->columns].title)
		t->columns++;
	assert(t->columns && t->columns <= TABLE_COLUMNS_MAX);
	return t;
}

void table_discard(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->cells; i++)
		free(t->cell[i].text);
	free(t->cell);
	free(t);
}

void table_cell_color(struct table *t, enum color color, const char *text)
{
	if (t->cells == t->room) {
		t->room = t->room ? t->room * 2 : 64;
		t->cell = xrealloc(t->cell, t->room * sizeof(*t->cell));
	}
	t->cell[t->cells++] = (struct cell){printable(text ? text : ""), color};
}

void table_cell(struct table *t, const char *text)
{
	table_cell_color(t, COLOR_PLAIN, text);
}

void table_cellf(struct table *t, const char *fmt, ...)
{
	struct text text = {0};
	va_list ap;

	va_start(ap, fmt);
	text_addv(&text, fmt, ap);
	va_end(ap);
	table_cell(t, text_str(&text));
	text_free(&text);
}

size_t table_rows(const struct table *t)
{
	return (t->cells + t->columns - 1) / t->columns;
}

static const struct cell *cell_at(const struct table *t, size_t row, size_t column)
{
	static const struct cell empty = {(char *)"", COLOR_PLAIN};
	size_t at = row * t->columns + column;

	return at < t->cells ? &t->cell[at] : &empty;
}

/* The widest cell; 0 when all are empty. */
static size_t natural_width(const struct table *t, size_t column)
{
	size_t widest = 0, w;

	for (size_t row = 0; row < table_rows(t); row++) {
		w = columns(cell_at(t, row, column)->text);
		if (w > widest)
			widest = w;
	}
	w = columns(t->column[column].title);
	return widest && w > widest ? w : widest;
}

/* Take `excess` columns from the flexible ones, the widest first. */
static void squeeze(const struct table *t, size_t *width, size_t excess)
{
	while (excess--) {
		size_t widest = t->columns;

		for (size_t c = 0; c < t->columns; c++)
			if (t->column[c].kind == COLUMN_FLEX && width[c] > FLEX_LEAST &&
			    (widest == t->columns || width[c] > width[widest]))
				widest = c;
		if (widest == t->columns)
			return;
		width[widest]--;
	}
}

static void find_widths(const struct table *t, const struct screen *screen, unsigned indent,
			size_t *width)
{
	size_t sum = indent;

	for (size_t c = 0; c < t->columns; c++) {
		width[c] = natural_width(t, c);
		if (width[c])
			sum += width[c] + (sum > indent ? GAP : 0);
	}
	if (screen->width && sum > screen->width)
		squeeze(t, width, sum - screen->width);
}

/* One line of text cells. Spaces are owed until something follows them. */
struct line {
	struct text *out;
	const struct screen *screen;
	size_t owed;
};

static void put(struct line *line, const struct column *column, size_t width, enum color color,
		const char *s, size_t n)
{
	size_t used = columns_n(s, n), pad = width > used ? width - used : 0;
	char *part = strndup(s, n);

	if (column->kind == COLUMN_NUMBER)
		line->owed += pad;
	if (part && n) {
		text_repeat(line->out, " ", line->owed);
		color_add(line->out, line->screen, color, part);
		line->owed = 0;
	}
	if (column->kind != COLUMN_NUMBER)
		line->owed += pad;
	line->owed += GAP;
	free(part);
}

static void draw_heading(const struct table *t, const size_t *width, unsigned indent,
			 struct line line)
{
	bool titled = false;

	for (size_t c = 0; c < t->columns; c++)
		titled |= width[c] && *t->column[c].title;
	if (!titled)
		return;
	line.owed = indent;
	for (size_t c = 0; c < t->columns; c++)
		if (width[c])
			put(&line, &t->column[c], width[c], COLOR_TITLE, t->column[c].title,
			    strlen(t->column[c].title));
	text_add(line.out, "\n");
}

/* One line of a row: what fits of each `rest`, which moves on. False when nothing is left. */
static bool draw_line(const struct table *t, size_t row, const size_t *width, const char **rest,
		      struct line *line)
{
	bool more = false;

	for (size_t c = 0; c < t->columns; c++) {
		size_t n = strlen(rest[c]);

		if (!width[c])
			continue;
		if (t->column[c].kind == COLUMN_FLEX)
			n = line_break(rest[c], width[c]);
		put(line, &t->column[c], width[c], cell_at(t, row, c)->color, rest[c], n);
		rest[c] += n;
		rest[c] += strspn(rest[c], " ");
		more |= *rest[c] != '\0';
	}
	text_add(line->out, "\n");
	return more;
}

void table_draw(const struct table *t, const struct screen *screen, unsigned indent,
		struct text *out)
{
	const char *rest[TABLE_COLUMNS_MAX];
	size_t width[TABLE_COLUMNS_MAX];
	struct line line = {out, screen, 0};
	bool more;

	find_widths(t, screen, indent, width);
	draw_heading(t, width, indent, line);
	for (size_t row = 0; row < table_rows(t); row++) {
		for (size_t c = 0; c < t->columns; c++)
			rest[c] = cell_at(t, row, c)->text;
		do {
			line.owed = indent;
			more = draw_line(t, row, width, rest, &line);
		} while (more);
	}
}
