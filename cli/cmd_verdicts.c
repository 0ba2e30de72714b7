/* SPDX-License-Identifier: MIT */
/* `verdicts`: judges the recorded connections. */
#include "card.h"
#include "commands.h"
#include "fields.h"
#include "table.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum { CLIENT, ENDPOINT, PROFILE, ALL }; /* indices into command_verdicts.options */

static bool verdicts_params(const struct request *request, json_t **params)
{
	*params = json_object();
	add_filter(params, request->option[ENDPOINT], request->option[CLIENT]);
	if (request->option[PROFILE])
		add_word(params, "profile", request->option[PROFILE]);
	return true;
}

static bool matters(const char *result)
{
	return result_weight(result) >= result_weight("WARN") || strcmp(result, "ERROR") == 0;
}

#define SEVEN_COLUMNS 120 /* least width for the wide table */

static void add_verdict(struct table *t, const json_t *connection, const json_t *verdict,
			bool narrow)
{
	const char *result = field_string(verdict, "result");
	const char *reason = field_string(verdict, "reason");
	char *clause = xasprintf("RFC %lld %s", (long long)field_int(verdict, "rfc"),
				 field_string(verdict, "section"));
	char *words = xasprintf("%s%s%s%s%s%s", reason, *reason ? ": " : "",
				field_string(verdict, "words"), narrow ? " (" : "",
				narrow ? clause : "", narrow ? ")" : "");

	table_cellf(t, "%lld", (long long)field_int(connection, "id"));
	table_cell(t, field_string(connection, "client"));
	if (!narrow)
		table_cell_color(t, COLOR_ODD, field_string(connection, "endpoint"));
	table_cell_color(t, result_color(result), result);
	table_cell(t, field_string(verdict, "requirement"));
	if (!narrow)
		table_cell(t, clause);
	table_cell(t, words);
	free(clause);
	free(words);
}

/* `12 verdicts on 1 connection not shown (PASS, INFO, INCONCLUSIVE): use --all.` */
static void add_hidden(size_t hidden, size_t connections, bool below, struct text *out)
{
	text_add(out, below ? "\n" : "");
	text_add_counted(out, (json_int_t)hidden, "verdict");
	text_add(out, " on ");
	text_add_counted(out, (json_int_t)connections, "connection");
	text_add(out, " not shown (PASS, INFO, INCONCLUSIVE): use --all.\n");
}

static void print_verdicts(const struct request *request, const json_t *result,
			   const struct screen *screen, struct text *out)
{
	static const struct column wide[] = {{"ID", COLUMN_NUMBER},        {"CLIENT", COLUMN_TEXT},
					     {"ENDPOINT", COLUMN_FLEX},    {"RESULT", COLUMN_TEXT},
					     {"CLAUSE", COLUMN_TEXT},      {"RFC", COLUMN_TEXT},
					     {"OBSERVATION", COLUMN_FLEX}, {0}};
	static const struct column few[] = {{"ID", COLUMN_NUMBER},        {"CLIENT", COLUMN_TEXT},
					    {"RESULT", COLUMN_TEXT},      {"CLAUSE", COLUMN_TEXT},
					    {"OBSERVATION", COLUMN_NOTE}, {0}};
	const json_t *connections = json_object_get(result, "connections"), *c, *v;
	bool narrow = screen_is_under(screen, SEVEN_COLUMNS);
	struct table *t = table_new(narrow ? few : wide);
	size_t i, k, hidden = 0, total = 0;

	json_array_foreach (connections, i, c)
		json_array_foreach (json_object_get(c, "verdicts"), k, v) {
			bool shown = request->option[ALL] || matters(field_string(v, "result"));

			total++;
			hidden += !shown;
			if (shown)
				add_verdict(t, c, v, narrow);
		}
	if (table_rows(t))
		table_draw(t, screen, 0, out);
	if (!total)
		text_add(out, "No verdicts recorded.\n");
	else if (hidden)
		add_hidden(hidden, json_array_size(connections), table_rows(t), out);
	if (json_is_true(json_object_get(result, "cut")))
		text_add(out, "Only the newest connections were judged: select older ones with "
			      "--client or --endpoint.\n");
	table_discard(t);
}

const struct command command_verdicts = {
	.name = METHOD_VERDICTS,
	.operands = "",
	.summary = "List the RFC clauses that clients broke",
	.help = "Judges the newest connections in the newest 32 MiB of the trace, up to 50000 "
		"connections and verdicts, and for at most 60 s. Prints WARN, FAIL, FAIL (known) "
		"and ERROR; --all "
		"prints all verdicts. 'synackctl trace ID' shows the segments that decided a "
		"verdict.\n"
		"\n"
		"  $ synackctl verdicts --client 192.0.2.0/24 --profile linux-6.18\n",
	.options = {OPTION_CLIENT,
		    OPTION_ENDPOINT,
		    {"profile", "PROFILE", "do not count the known deviations of this TCP"},
		    {"all", NULL, "also print PASS, INFO and INCONCLUSIVE"}},
	.params = verdicts_params,
	.print = print_verdicts,
};
