/* SPDX-License-Identifier: MIT */
#include "card.h"

#include "base/container.h"
#include "fields.h"
#include "ladder.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

/* Results in order of weight: see result_weight(). */
static const char *const results[] = {"INCONCLUSIVE", "ERROR",        "INFO", "PASS",
				      "WARN",         "FAIL (known)", "FAIL"};

#define RESULTS ((int)COUNT_OF(results))

int result_weight(const char *result)
{
	int i = RESULTS - 1;

	while (i >= 0 && strcmp(results[i], result) != 0)
		i--;
	return i;
}

enum color result_color(const char *result)
{
	if (strcmp(result, "PASS") == 0)
		return COLOR_GOOD;
	if (strcmp(result, "FAIL") == 0)
		return COLOR_BAD;
	if (strcmp(result, "INFO") == 0 || strcmp(result, "INCONCLUSIVE") == 0)
		return COLOR_FAINT;
	return COLOR_WAIT;
}

/* --- rows ------------------------------------------------------------------------------------- */

static json_t *inconclusive(const json_t *requirement, bool lost)
{
	json_t *row = json_deep_copy(requirement);

	json_object_set_new(row, "result", json_string("INCONCLUSIVE"));
	json_object_set_new(row, "reason", json_string(lost ? "capture-loss" : "no-data"));
	json_object_set_new(row, "words",
			    json_string(lost ? "the trace no longer contains such an event"
					     : "no such event occurred"));
	json_object_set_new(row, "known", json_null());
	json_object_set_new(row, "scenario", json_null());
	json_object_set_new(row, "connection", json_null());
	json_object_set_new(row, "segments", json_array());
	json_object_set_new(row, "late_ns", json_integer(0));
	json_object_set_new(row, "late_s", json_real(0));
	return row;
}

/* Replaces the result of a row with a verdict of greater weight. */
static void weigh(json_t *row, json_t *verdict, const json_t *connection, size_t number)
{
	bool heard = !json_is_null(json_object_get(row, "scenario"));
	const char *before = field_string(row, "result"), *now = field_string(verdict, "result");

	if (heard && result_weight(now) <= result_weight(before))
		return;
	json_object_update(row, verdict);
	json_object_set(row, "scenario", json_object_get(connection, "scenario"));
	json_object_set_new(row, "connection", json_integer((json_int_t)number));
}

json_t *card_rows(const json_t *judged, const json_t *connections, bool lost)
{
	json_t *rows = json_array(), *by_id = json_object();
	const json_t *requirement, *connection;
	json_t *verdict;
	size_t i, k;

	json_array_foreach (judged, i, requirement) {
		json_t *row = inconclusive(requirement, lost);

		json_array_append(rows, row);
		json_object_set_new(by_id, field_string(row, "requirement"), row);
	}
	json_array_foreach (connections, i, connection)
		json_array_foreach (json_object_get(connection, "verdicts"), k, verdict) {
			json_t *row = json_object_get(by_id, field_string(verdict, "requirement"));

			if (row)
				weigh(row, verdict, connection, i);
		}
	json_decref(by_id);
	return rows;
}

size_t card_count(const json_t *rows, const char *result)
{
	const json_t *row;
	size_t i, count = 0;

	json_array_foreach (rows, i, row)
		count += strcmp(field_string(row, "result"), result) == 0;
	return count;
}

const json_t *card_connection(const json_t *card, const json_t *row)
{
	const json_t *number = json_object_get(row, "connection");

	if (!json_is_integer(number))
		return NULL;
	return json_array_get(json_object_get(card, "connections"),
			      (size_t)json_integer_value(number));
}

/* --- text ------------------------------------------------------------------------------------- */

static bool is_well(const char *result)
{
	return strcmp(result, "PASS") == 0 || strcmp(result, "INFO") == 0;
}

#define SIX_COLUMNS 104 /* least width for the wide table */

/* `RFC 9293 3.1`. The caller frees it. */
static char *rfc_of(const json_t *row)
{
	return xasprintf("RFC %lld %s", (long long)field_int(row, "rfc"),
			 field_string(row, "section"));
}

/* The text of a clause is a sentence that states its level, such as MUST. */
static void add_row(struct table *t, const json_t *row, bool narrow)
{
	const char *result = field_string(row, "result"), *reason = field_string(row, "reason");
	const char *known = field_string(row, "known"), *text = field_string(row, "text");
	char *rfc = rfc_of(row);
	char *seen = xasprintf("%s%s%s%s%s", reason, *reason ? ": " : "",
			       field_string(row, "words"), *known ? "; known: " : "", known);
	char *all = xasprintf("%s: %s %s: %s", rfc, text, *reason ? "Reason" : "Observed", seen);

	table_cell_color(t, result_color(result), result);
	table_cell(t, field_string(row, "requirement"));
	if (!narrow) {
		table_cell(t, rfc);
		table_cell(t, text);
	}
	table_cell_color(t, COLOR_ODD, field_string(row, "scenario"));
	table_cell(t, narrow ? all : seen);
	free(rfc);
	free(seen);
	free(all);
}

/* Results with the greatest weight come first. */
static void draw_table(const json_t *rows, bool all, const struct screen *screen, struct text *out)
{
	static const struct column wide[] = {{"RESULT", COLUMN_TEXT},
					     {"CLAUSE", COLUMN_TEXT},
					     {"RFC", COLUMN_TEXT},
					     {"REQUIREMENT", COLUMN_FLEX},
					     {"SCENARIO", COLUMN_FLEX},
					     {"OBSERVATION", COLUMN_FLEX},
					     {0}};
	static const struct column few[] = {{"RESULT", COLUMN_TEXT},
					    {"CLAUSE", COLUMN_TEXT},
					    {"SCENARIO", COLUMN_FLEX},
					    {"REQUIREMENT AND OBSERVATION", COLUMN_NOTE},
					    {0}};
	bool narrow = screen_is_under(screen, SIX_COLUMNS);
	struct table *t = table_new(narrow ? few : wide);
	const json_t *row;
	size_t i;

	for (int weight = RESULTS - 1; weight >= 0; weight--) {
		if (!all && (is_well(results[weight]) || weight == 0))
			continue;
		json_array_foreach (rows, i, row)
			if (strcmp(field_string(row, "result"), results[weight]) == 0)
				add_row(t, row, narrow);
	}
	if (table_rows(t)) {
		table_draw(t, screen, 0, out);
		text_add(out, "\n");
	}
	table_discard(t);
}

/* Adds the number of INCONCLUSIVE rows for each reason. */
static void draw_reasons(const json_t *rows, struct text *out)
{
	json_t *counts = json_object(), *count;
	const char *reason, *between = " (";
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (strcmp(field_string(row, "result"), "INCONCLUSIVE") == 0) {
			reason = field_string(row, "reason");
			json_object_set_new(counts, reason,
					    json_integer(field_int(counts, reason) + 1));
		}
	json_object_foreach (counts, reason, count) {
		text_addf(out, "%s%lld %s", between, (long long)json_integer_value(count), reason);
		between = ", ";
	}
	if (json_object_size(counts))
		text_add(out, ")");
	json_decref(counts);
}

static void draw_counts(const json_t *rows, const struct screen *screen, struct text *out)
{
	bool first = true;

	for (int weight = RESULTS - 1; weight >= 0; weight--) {
		size_t count = card_count(rows, results[weight]);
		char *words = xasprintf("%zu %s", count, results[weight]);

		if (count) {
			text_add(out, first ? "" : ", ");
			color_add(out, screen, result_color(results[weight]), words);
			first = false;
		}
		free(words);
	}
	draw_reasons(rows, out);
	text_add(out, first ? "No requirement was judged.\n" : ".\n");
}

/* Returns a copy of the trace in which the deciding segments have the requirement as `mark`. */
static json_t *marked_trace(const json_t *connection, const json_t *row)
{
	json_t *trace = json_deep_copy(json_object_get(connection, "trace"));
	const json_t *number;
	size_t i;

	json_array_foreach (json_object_get(row, "segments"), i, number) {
		json_t *segment = json_array_get(json_object_get(trace, "segments"),
						 (size_t)json_integer_value(number) - 1);

		json_object_set(segment, "mark", json_object_get(row, "requirement"));
	}
	return trace;
}

static void draw_failure(const json_t *card, const json_t *row, const struct screen *screen,
			 struct text *out)
{
	const json_t *connection = card_connection(card, row);
	char *title =
		xasprintf("%s %s", field_string(row, "requirement"), field_string(row, "result"));
	char *text = printable(field_string(row, "text"));
	char *words = printable(field_string(row, "words"));
	char *rfc = rfc_of(row);
	json_t *trace;

	text_add(out, "\n");
	color_add(out, screen, result_color(field_string(row, "result")), title);
	text_addf(out, " in %s: %s.\n%s: %s\n\n", field_string(row, "scenario"), words, rfc, text);
	if (connection && json_object_get(connection, "trace")) {
		trace = marked_trace(connection, row);
		ladder_draw(trace, screen, out);
		json_decref(trace);
	}
	free(title);
	free(text);
	free(words);
	free(rfc);
}

/* Lists the requirements that cannot be judged, so that their absence is not taken for PASS. */
static void draw_unjudgeable(const json_t *list, const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {
		{"NOT JUDGED", COLUMN_TEXT}, {"WHY", COLUMN_FLEX}, {0}};
	struct table *t = table_new(columns);
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one) {
		table_cell(t, field_string(one, "requirement"));
		table_cell(t, field_string(one, "why"));
	}
	if (table_rows(t)) {
		text_add(
			out,
			"\nClauses of RFC 9293 that cannot be judged from outside the client:\n\n");
		table_draw(t, screen, 0, out);
	}
	table_discard(t);
}

/* Adds the number of completed scenarios if the user interrupted the suite. */
static void draw_interruption(const json_t *card, struct text *out)
{
	const json_t *scenario;
	size_t i, run = 0;

	if (!json_is_true(json_object_get(card, "interrupted")))
		return;
	json_array_foreach (json_object_get(card, "scenarios"), i, scenario)
		run += !*field_string(scenario, "skipped") &&
		       !json_is_true(json_object_get(scenario, "cut"));
	text_addf(out, "Interrupted: %zu of %zu scenarios were completed.\n\n", run,
		  json_array_size(json_object_get(card, "scenarios")));
}

static void draw_title(const json_t *card, struct text *out)
{
	char *client = printable(field_string(card, "client"));
	size_t scenarios = json_array_size(json_object_get(card, "scenarios"));

	text_addf(out, "%s, suite '%s': ", client, field_string(card, "suite"));
	text_add_counted(out, (json_int_t)scenarios, "scenario");
	text_add(out, " in ");
	text_add_age(out, field_time(card, "time_ns"));
	text_addf(out, ", seed %lld\n\n", (long long)field_int(card, "seed"));
	free(client);
}

static void draw_skipped(const json_t *card, struct text *out)
{
	const json_t *scenario;
	size_t i, skipped = 0;

	json_array_foreach (json_object_get(card, "scenarios"), i, scenario) {
		const char *why = field_string(scenario, "skipped");

		if (*why)
			text_addf(out, "%s  %s: %s\n", skipped++ ? "" : "\nNot run:\n",
				  field_string(scenario, "name"), why);
	}
}

/* An empty line separates the hint from the ladder of a FAIL. */
static void draw_hint(size_t unjudgeable, bool ladder, struct text *out)
{
	text_add(out, ladder ? "\n" : "");
	text_add(out, "Not shown: rows with PASS, INFO or INCONCLUSIVE, and ");
	text_add_counted(out, (json_int_t)unjudgeable, "clause");
	text_add(out, " that cannot be judged. Use --all.\n");
}

void card_draw(const json_t *card, bool all, const struct screen *screen, struct text *out)
{
	const json_t *rows = json_object_get(card, "requirements"), *row;
	const json_t *unjudgeable = json_object_get(card, "unjudgeable");
	size_t i;

	draw_title(card, out);
	draw_interruption(card, out);
	draw_table(rows, all, screen, out);
	draw_counts(rows, screen, out);
	json_array_foreach (rows, i, row)
		if (strcmp(field_string(row, "result"), "FAIL") == 0)
			draw_failure(card, row, screen, out);
	if (all)
		draw_unjudgeable(unjudgeable, screen, out);
	else
		draw_hint(json_array_size(unjudgeable), card_count(rows, "FAIL") > 0, out);
	draw_skipped(card, out);
}
