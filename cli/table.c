/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define GAP         2
#define NOTE_INDENT 4

/* Least widths of columns that are narrowed. */
#define FLEX_LEAST 16
#define NOTE_LEAST 24
#define TEXT_LEAST 12

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

/* Returns the width of the widest cell, or 0 if all are empty. */
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

/* --- layout ----------------------------------------------------------------------------------- */

/* The layout of a table on a screen. */
struct layout {
	const struct table *t;
	const struct screen *screen;
	struct text *out;
	unsigned indent;
	size_t width[TABLE_COLUMNS_MAX]; /* 0 if the column is omitted */
	bool noted[TABLE_COLUMNS_MAX];   /* the column is below its row, not beside the others */
	bool stacked;                    /* each cell has its own line */
	size_t titles;                   /* width of the widest title if `stacked` */
};

static bool beside(const struct layout *l, size_t column)
{
	return l->width[column] && !l->noted[column];
}

static size_t total(const struct layout *l)
{
	size_t sum = l->indent;

	for (size_t c = 0; c < l->t->columns; c++)
		if (beside(l, c))
			sum += l->width[c] + (sum > l->indent ? GAP : 0);
	return sum;
}

/* Narrows the widest columns, one column of the screen at a time, until the table fits. A column
 * never gets narrower than `least` of its kind; 0 means that its kind is not narrowed. Returns
 * false if the table does not fit. */
static bool squeeze(struct layout *l, const size_t *least)
{
	const struct table *t = l->t;

	for (size_t sum = total(l); sum > l->screen->width; sum--) {
		size_t widest = t->columns;

		for (size_t c = 0; c < t->columns; c++) {
			size_t bound = least[t->column[c].kind];

			if (beside(l, c) && bound && l->width[c] > bound &&
			    (widest == t->columns || l->width[c] > l->width[widest]))
				widest = c;
		}
		if (widest == t->columns)
			return false;
		l->width[widest]--;
	}
	return true;
}

static void set_natural_widths(struct layout *l)
{
	for (size_t c = 0; c < l->t->columns; c++)
		l->width[c] = natural_width(l->t, c);
}

/* Puts all columns beside each other if they fit; else notes below their rows; else also breaks
 * text columns; else stacks the cells. */
static void lay_out(struct layout *l)
{
	static const size_t flexible[] = {[COLUMN_FLEX] = FLEX_LEAST, [COLUMN_NOTE] = NOTE_LEAST};
	static const size_t any[] = {
		[COLUMN_TEXT] = TEXT_LEAST, [COLUMN_FLEX] = FLEX_LEAST, [COLUMN_NOTE] = NOTE_LEAST};

	set_natural_widths(l);
	if (!l->screen->width || squeeze(l, flexible))
		return;
	set_natural_widths(l);
	for (size_t c = 0; c < l->t->columns; c++)
		l->noted[c] = l->t->column[c].kind == COLUMN_NOTE;
	l->stacked = !squeeze(l, flexible) && !squeeze(l, any);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* A line of cells. `owed` counts the spaces that precede the next cell, so that no line ends with a
 * space. */
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

/* The part of a cell that is not drawn yet. */
struct rest {
	const char *text;
	enum color color;
};

/* Draws one line of a row. Returns false if no text remains. */
static bool draw_line(const struct layout *l, struct rest *rest, struct line *line)
{
	const struct table *t = l->t;
	bool more = false;

	for (size_t c = 0; c < t->columns; c++) {
		size_t n;

		if (!beside(l, c))
			continue;
		n = line_break(rest[c].text, l->width[c]);
		put(line, &t->column[c], l->width[c], rest[c].color, rest[c].text, n);
		rest[c].text += n;
		rest[c].text += strspn(rest[c].text, " ");
		more |= *rest[c].text != '\0';
	}
	text_add(line->out, "\n");
	return more;
}

static void draw_cells(const struct layout *l, struct rest *cells)
{
	struct line line = {l->out, l->screen, 0};
	bool more;

	do {
		line.owed = l->indent;
		more = draw_line(l, cells, &line);
	} while (more);
}

static void draw_heading(const struct layout *l)
{
	struct rest cells[TABLE_COLUMNS_MAX];
	bool titled = false;

	for (size_t c = 0; c < l->t->columns; c++) {
		cells[c] = (struct rest){l->t->column[c].title, COLOR_TITLE};
		titled |= beside(l, c) && *cells[c].text;
	}
	if (titled)
		draw_cells(l, cells);
}

/* Returns the width of the widest title of the columns that are not omitted. */
static size_t title_width(const struct layout *l)
{
	size_t widest = 0, w;

	for (size_t c = 0; c < l->t->columns; c++) {
		w = columns(l->t->column[c].title);
		if (l->width[c] && w > widest)
			widest = w;
	}
	return widest;
}

/* Draws `TITLE text` in as many lines as it needs. If the title leaves no room, the text begins on
 * the next line. */
static void draw_alone(const struct layout *l, const char *title, const struct cell *cell,
		       unsigned indent)
{
	const char *rest = cell->text;
	size_t own = columns(title), pad = l->titles > own ? l->titles - own : 0, n, room;
	size_t used = indent + own + pad + (*title ? GAP : 0);
	bool fits = used + FLEX_LEAST <= l->screen->width;
	char *part;

	text_repeat(l->out, " ", indent);
	color_add(l->out, l->screen, COLOR_FAINT, title);
	if (!fits) {
		text_add(l->out, "\n");
		used = indent + NOTE_INDENT;
	}
	text_repeat(l->out, " ", fits ? used - indent - own : used);
	room = l->screen->width > used + 1 ? l->screen->width - used : 1;
	do {
		n = line_break(rest, room);
		part = strndup(rest, n);
		color_add(l->out, l->screen, cell->color, part ? part : "");
		free(part);
		text_add(l->out, "\n");
		rest += n;
		rest += strspn(rest, " ");
		text_repeat(l->out, " ", *rest ? used : 0);
	} while (*rest);
}

/* Draws the cells of a row that are not beside the others. The title is omitted if the table has
 * only one such column. */
static void draw_notes(const struct layout *l, size_t row)
{
	size_t notes = 0;

	for (size_t c = 0; c < l->t->columns; c++)
		notes += l->noted[c] && l->width[c];
	for (size_t c = 0; c < l->t->columns; c++) {
		const struct cell *cell = cell_at(l->t, row, c);

		if (*cell->text && (l->stacked || l->noted[c]))
			draw_alone(l, l->stacked || notes > 1 ? l->t->column[c].title : "", cell,
				   l->indent + (l->stacked ? 0 : NOTE_INDENT));
	}
}

static void draw_row(const struct layout *l, size_t row)
{
	struct rest cells[TABLE_COLUMNS_MAX];

	for (size_t c = 0; c < l->t->columns; c++)
		cells[c] = (struct rest){cell_at(l->t, row, c)->text, cell_at(l->t, row, c)->color};
	if (!l->stacked)
		draw_cells(l, cells);
	else if (row)
		text_add(l->out, "\n");
	draw_notes(l, row);
}

void table_draw(const struct table *t, const struct screen *screen, unsigned indent,
		struct text *out)
{
	struct layout l = {.t = t, .screen = screen, .out = out, .indent = indent};

	lay_out(&l);
	l.titles = l.stacked ? title_width(&l) : 0;
	if (!l.stacked)
		draw_heading(&l);
	for (size_t row = 0; row < table_rows(t); row++)
		draw_row(&l, row);
}
