/* SPDX-License-Identifier: MIT */
#include "ladder.h"

#include "color.h"
#include "fields.h"
#include "glyphs.h"
#include "story.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WIDTH_DEFAULT 100
#define LANE_LEAST    12
#define SIDE_LEAST    11 /* columns of ESTABLISHED; SYN-RECEIVED needs one more */
#define SIDE_LINES    12
#define TIME_LEAST    8

/* Columns of the lane before the text, and after it: a space, a part of the line, and the head. */
#define LEAD 3
#define TAIL 5

/* A change of state within this time after a segment is drawn beside the segment. */
#define AT_ONCE NS_PER_MS

/* A longer time without events is drawn as a gap. */
#define SILENCE (200 * NS_PER_MS)

struct ladder {
	const struct screen *screen;
	const struct glyphs *g;
	struct text *out;
	struct story story;
	size_t time, lane, side; /* columns; 0 for an unlimited side */
	nstime last;             /* time of the previous step */
	struct signs drawn;
};

/* The text to the right of the server, one string for each line. */
struct side {
	size_t lines;
	struct {
		char *s;
		enum color color;
	} line[SIDE_LINES];
};

/* --- text ------------------------------------------------------------------------------------- */

static void add_time(const struct ladder *l, nstime when, struct text *out)
{
	nstime t = when - l->story.origin, us = (t < 0 ? -t : t) / NS_PER_US;

	text_addf(out, "%s%lld.%06lld", t < 0 ? "-" : "", (long long)(us / 1000000),
		  (long long)(us % 1000000));
}

static void side_add(const struct ladder *l, struct side *side, enum color color, const char *s)
{
	while (*s && side->lines < SIDE_LINES) {
		size_t n = l->side ? line_break(s, l->side) : strlen(s);

		side->line[side->lines].s = strndup(s, n);
		side->line[side->lines++].color = color;
		s += n;
		s += strspn(s, " ");
	}
}

static void side_free(struct side *side)
{
	while (side->lines)
		free(side->line[--side->lines].s);
}

/* Returns the colour of a segment. A fate that a rule decided is not an error. */
static enum color fate_color(const struct step *s)
{
	if (step_waits(s) || s->fate == FATE_RELEASED)
		return COLOR_WAIT;
	if (!*s->rule && !step_arrived(s))
		return COLOR_BAD;
	return *s->rule ? COLOR_ODD : COLOR_FAINT;
}

/* Adds `held by synack-delay until 3.000123`, `answered by refuse` or `refused, ptb`. */
static void add_fate(const struct ladder *l, const struct step *s, struct text *out)
{
	text_addf(out, "%s%s%s", s->fate_name, fate_joint(s->fate_name, s->rule), s->rule);
	if (step_waits(s) && s->other != NS_NEVER) {
		text_add(out, " until ");
		add_time(l, s->other, out);
	}
}

/* Adds the fate of a segment; if it passed, its delay and the rule that changed it. */
static void side_of_segment(const struct ladder *l, const struct step *s, struct side *side)
{
	struct text fate = {0};

	if (*s->mark) {
		text_addf(&fate, "%s%s", l->g->left, s->mark);
		side_add(l, side, COLOR_BAD, text_str(&fate));
		text_clear(&fate);
	}
	if (*s->fate_name) {
		add_fate(l, s, &fate);
		side_add(l, side, fate_color(s), text_str(&fate));
	} else if (s->other != NS_NEVER) {
		text_add_age(&fate, s->when - s->other);
		text_add(&fate, " late");
		side_add(l, side, COLOR_WAIT, text_str(&fate));
	}
	if (!*s->fate_name)
		side_add(l, side, COLOR_ODD, s->rule);
	side_add(l, side, COLOR_ODD, s->use);
	text_free(&fate);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void add_padded(struct ladder *l, const char *s, size_t width, bool right)
{
	size_t used = columns(s), pad = width > used ? width - used : 0;

	if (right)
		text_repeat(l->out, " ", pad);
	color_add(l->out, l->screen, COLOR_FAINT, s);
	if (!right)
		text_repeat(l->out, " ", pad);
}

/* Adds the time, unless it is NULL, and the line of the client. */
static void begin_row(struct ladder *l, const char *time, const char *bar)
{
	add_padded(l, time ? time : "", l->time, true);
	text_add(l->out, " ");
	text_add(l->out, bar);
}

/* Adds the line of the server, and line `i` of the side. */
static void end_row(struct ladder *l, const char *bar, const struct side *side, size_t i)
{
	text_add(l->out, bar);
	if (side && i < side->lines) {
		text_add(l->out, " ");
		color_add(l->out, l->screen, side->line[i].color, side->line[i].s);
	}
	text_add(l->out, "\n");
}

/* Adds text in the lane, in as many rows as it needs. `time` is on the first row. The rows also
 * show the lines of the side from *beside on, and advance *beside. */
static void text_rows(struct ladder *l, const char *time, size_t indent, const char *s,
		      const struct side *side, size_t *beside)
{
	while (*s) {
		size_t n = line_break(s, l->lane - indent - 1), used = columns_n(s, n);
		char *part = strndup(s, n);

		begin_row(l, time, l->g->bar);
		text_repeat(l->out, " ", indent);
		color_add(l->out, l->screen, COLOR_FAINT, part);
		text_repeat(l->out, " ", l->lane > indent + used ? l->lane - indent - used : 0);
		end_row(l, l->g->bar, side, (*beside)++);
		free(part);
		time = NULL;
		s += n;
		s += strspn(s, " ");
	}
}

static void empty_row(struct ladder *l, const char *time, const char *bar, const struct side *side,
		      size_t i)
{
	begin_row(l, time, bar);
	text_repeat(l->out, " ", l->lane);
	end_row(l, bar, side, i);
}

static void arrow_row(struct ladder *l, const struct step *s, const char *time, const char *label,
		      const struct side *side)
{
	bool wire = step_on_wire(s);
	enum color color = fate_color(s);
	struct text arrow = {0};
	size_t used = columns(label);

	l->drawn.off_wire |= !wire;
	l->drawn.fate[s->fate] = true;
	begin_row(l, time, wire && s->in ? l->g->from_left : l->g->bar);
	text_add(&arrow, !wire ? "  " : s->in ? l->g->line : l->g->left);
	text_add(&arrow, !wire ? "" : l->g->line);
	color_add(l->out, l->screen, color, text_str(&arrow));
	text_add(l->out, used ? " " : wire ? l->g->line : " ");
	color_add(l->out, l->screen, s->reset ? COLOR_BAD : COLOR_PLAIN, label);
	text_add(l->out, used ? " " : "");
	used += LEAD + (used ? 1 : 0) + 1;
	text_clear(&arrow);
	text_repeat(&arrow, wire ? l->g->line : l->g->dash, l->lane > used ? l->lane - used : 0);
	text_add(&arrow, glyphs_end(l->g, s));
	color_add(l->out, l->screen, color, text_str(&arrow));
	end_row(l, wire && !s->in ? l->g->from_right : l->g->bar, side, 0);
	text_free(&arrow);
}

/* --- steps ------------------------------------------------------------------------------------ */

/* The options and the payload of a segment that waits are drawn when it crosses the wire. */
static bool is_drawn_later(const struct step *s)
{
	return s->fate == FATE_RELEASED || s->fate == FATE_OUTDATED ||
	       (s->fate == FATE_DELAYED && s->other != NS_NEVER);
}

static void draw_segment(struct ladder *l, const struct step *s, const char *time,
			 const struct side *side)
{
	const char *rest = is_drawn_later(s) ? "" : s->rest;
	char *whole = xasprintf("%s%s%s", s->head, *rest ? " " : "", rest);
	size_t room = l->lane - LEAD - TAIL, beside = 1, above = side->lines;

	if (columns(whole) <= room) {
		arrow_row(l, s, time, whole, side);
	} else if (columns(s->head) <= room) {
		arrow_row(l, s, time, s->head, side);
		text_rows(l, NULL, LEAD + 2, rest, side, &beside);
	} else {
		text_rows(l, time, LEAD, whole, side, &above);
		arrow_row(l, s, NULL, "", side);
	}
	for (; beside < side->lines; beside++)
		empty_row(l, NULL, l->g->bar, side, beside);
	free(whole);
}

static void draw_silence(struct ladder *l, nstime when)
{
	struct text age = {0};

	if (when - l->last >= SILENCE) {
		text_add(&age, "+");
		text_add_age(&age, when - l->last);
		empty_row(l, text_str(&age), l->g->gap, NULL, 0);
	}
	l->last = when;
	text_free(&age);
}

static void draw_note(struct ladder *l, const struct step *s, const char *time)
{
	char *note = xasprintf("%s %s", l->g->dot, s->head);
	struct side side = {0};
	size_t beside = 0;

	side_add(l, &side, COLOR_ODD, s->rule);
	text_rows(l, time, 1, note, &side, &beside);
	for (; beside < side.lines; beside++)
		empty_row(l, NULL, l->g->bar, &side, beside);
	side_free(&side);
	free(note);
}

/* Draws step `i` and the changes of state that it caused. Returns the number of steps drawn. */
static size_t draw_step(struct ladder *l, size_t i)
{
	const struct step *s = &l->story.step[i], *next;
	struct side side = {0};
	struct text time = {0};
	size_t n = 1;

	draw_silence(l, s->when);
	add_time(l, s->when, &time);
	if (s->kind == STEP_NOTE) {
		draw_note(l, s, text_str(&time));
		text_free(&time);
		return 1;
	}
	if (s->kind == STEP_STATE)
		side_add(l, &side, COLOR_TITLE, s->head);
	else
		side_of_segment(l, s, &side);
	for (; i + n < l->story.steps; n++) {
		next = &l->story.step[i + n];
		if (next->kind != STEP_STATE || next->when - s->when >= AT_ONCE)
			break;
		side_add(l, &side, COLOR_TITLE, next->head);
	}
	if (s->kind == STEP_STATE)
		for (size_t line = 0; line < side.lines; line++)
			empty_row(l, line ? NULL : text_str(&time), l->g->bar, &side, line);
	else
		draw_segment(l, s, text_str(&time), &side);
	text_free(&time);
	side_free(&side);
	return n;
}

/* --- diagram ---------------------------------------------------------------------------------- */

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Distributes the width. The side gets the columns that it needs, but at most two sevenths. The
 * times get the columns that they need. The lane gets the rest, but not more than its longest text
 * needs. */
static void lay_out(struct ladder *l)
{
	size_t width = l->screen->width ? l->screen->width : WIDTH_DEFAULT, needed = 0, fixed;
	struct text time = {0};

	l->side = 0;
	for (size_t i = 0; i < l->story.steps; i++) {
		const struct step *s = &l->story.step[i];
		struct side side = {0};

		if (s->kind == STEP_STATE)
			side_add(l, &side, COLOR_TITLE, s->head);
		else if (s->kind == STEP_SEGMENT)
			side_of_segment(l, s, &side);
		else
			side_add(l, &side, COLOR_ODD, s->rule);
		for (size_t line = 0; line < side.lines; line++)
			needed = larger(needed, columns(side.line[line].s));
		side_free(&side);
		l->lane = larger(l->lane, columns(s->head) + columns(s->rest) + 1 + LEAD + TAIL);
	}
	add_time(l, l->story.end, &time);
	l->time = larger(TIME_LEAST, columns(text_str(&time)));
	text_free(&time);
	l->side = larger(needed > width * 2 / 7 ? width * 2 / 7 : needed,
			 SIDE_LEAST + (needed > SIDE_LEAST));
	fixed = l->time + l->side + 4; /* two lines and two spaces */
	width = larger(width > fixed ? width - fixed : 0, LANE_LEAST);
	l->lane = larger(l->lane > width ? width : l->lane, width < 60 ? width : 60);
}

/* Draws the addresses of the client and the server: on one row if both fit. */
static void draw_ends(struct ladder *l, const json_t *trace)
{
	char *client = printable(field_string(trace, "client"));
	char *server = printable(field_string(trace, "server"));
	size_t width = l->lane + 2, left = columns(client) + 7, right = columns(server) + 7;
	size_t margin = l->time + 1;

	text_repeat(l->out, " ", margin);
	color_add(l->out, l->screen, COLOR_TITLE, "client ");
	text_add(l->out, client);
	if (left + right + 2 <= width) {
		margin = width - left - right;
	} else {
		text_add(l->out, "\n");
		margin += width > right ? width - right : 0;
	}
	text_repeat(l->out, " ", margin);
	text_add(l->out, server);
	color_add(l->out, l->screen, COLOR_TITLE, " server");
	text_add(l->out, "\n");
	free(client);
	free(server);
}

static void draw_title(struct ladder *l, const json_t *trace)
{
	char *endpoint = printable(field_string(trace, "endpoint"));
	char *behaviour = printable(field_string(trace, "behaviour"));
	const json_t *connection = json_object_get(trace, "connection");
	long long id = field_int(trace, "id");
	time_t seconds = l->story.origin / NS_PER_S;
	char date[64] = "";
	struct tm tm;

	if (l->story.steps && localtime_r(&seconds, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S, ", &tm);
	color_add(l->out, l->screen, COLOR_TITLE,
		  !id                         ? "no connection"
		  : json_is_false(connection) ? "attempt"
					      : "connection");
	if (id)
		text_addf(l->out, " %lld", id);
	text_addf(l->out, "%s%s", *endpoint ? " at " : "", endpoint);
	if (*behaviour) {
		text_add(l->out, ", ");
		color_add(l->out, l->screen, COLOR_ODD, behaviour);
	}
	text_addf(l->out, "\n%sclient ISN %lld", date, (long long)field_int(trace, "irs"));
	if (id && !json_is_false(connection))
		text_addf(l->out, ", server ISN %lld", (long long)field_int(trace, "iss"));
	text_add(l->out, "\n\n");
	free(endpoint);
	free(behaviour);
}

/* Adds the text in as many lines as it needs. It breaks after a semicolon. */
static void add_lines(struct ladder *l, const char *s)
{
	size_t width = l->screen->width ? l->screen->width : WIDTH_DEFAULT, used = 0;

	while (*s) {
		size_t n = strcspn(s, ";");
		char *part = strndup(s, n + (s[n] ? 1 : 0));

		if (used)
			text_add(l->out, used + 1 + columns(part) > width ? "\n" : " ");
		used = used && used + 1 + columns(part) <= width ? used + 1 : 0;
		used += columns(part);
		color_add(l->out, l->screen, COLOR_FAINT, part);
		free(part);
		s += n + (s[n] ? 1 : 0);
		s += strspn(s, " ");
	}
	text_add(l->out, "\n");
}

static void draw_end(struct ladder *l)
{
	const struct story *s = &l->story;
	struct text words = {0};

	text_add(l->out, "\n");
	text_add_counted(&words, (json_int_t)s->segments, "segment");
	text_add(&words, " in ");
	add_time(l, s->end, &words);
	text_addf(&words, " s, %zu touched by a rule", s->touched);
	if (s->used)
		text_addf(&words, ", %zu by use", s->used);
	if (s->actions) {
		text_add(&words, "; ");
		text_add_counted(&words, (json_int_t)s->actions, "action");
		text_add(&words, " of a rule");
	}
	glyphs_explain(l->g, &l->drawn, &words);
	add_lines(l, text_str(&words));
	text_free(&words);
}

void ladder_draw(const json_t *trace, const struct screen *screen, struct text *out)
{
	struct ladder l = {.screen = screen, .g = glyphs_of(screen), .out = out};
	struct side first = {0};
	size_t beside = 0;

	story_read(trace, &l.story);
	l.last = l.story.steps ? l.story.step[0].when : 0;
	lay_out(&l);
	draw_title(&l, trace);
	if (l.story.steps) {
		draw_ends(&l, trace);
		side_add(&l, &first, COLOR_TITLE, l.story.first_state);
		empty_row(&l, NULL, l.g->bar, &first, 0);
		if (json_is_true(json_object_get(trace, "cut")))
			text_rows(&l, NULL, 1, "(older records are no longer in the trace)", NULL,
				  &beside);
		for (size_t i = 0; i < l.story.steps;)
			i += draw_step(&l, i);
		draw_end(&l);
	} else {
		text_add(out, "The trace no longer contains its segments; trace_size in the config "
			      "is the size of the trace.\n");
	}
	side_free(&first);
	story_free(&l.story);
}
