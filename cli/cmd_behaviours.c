/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "fields.h"
#include "fold.h"
#include "rows.h"

#include <stdlib.h>
#include <string.h>

static void add_row(struct table *t, const json_t *behaviour)
{
	char *number = field_text(behaviour, "number");

	table_cell_color(t, COLOR_FAINT, number);
	table_cell_color(t, COLOR_ODD, field_string(behaviour, "name"));
	table_cell(t, field_string(behaviour, "summary"));
	free(number);
}

static void print_list(const json_t *result, const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {
		{"NO", COLUMN_NUMBER}, {"NAME", COLUMN_TEXT}, {"SUMMARY", COLUMN_FLEX}, {0}};

	rows_draw(columns, result, add_row, "The config defines no behaviours.", screen, out);
}

/* Returns the range, such as `0s to 1h`, `up to 9 octets` or `rota, chance, once`. The caller frees
 * it. */
static char *range_of(const json_t *parameter)
{
	char *min = field_text(parameter, "min"), *max = field_text(parameter, "max");
	const char *unit = strcmp(field_string(parameter, "type"), "text") ? "" : " octets";
	char *range;

	if (*field_string(parameter, "among"))
		range = xstrdup(field_string(parameter, "among"));
	else if (*min && *max)
		range = xasprintf("%s to %s%s", min, max, unit);
	else if (*min)
		range = xasprintf("from %s%s", min, unit);
	else if (*max)
		range = xasprintf("up to %s%s", max, unit);
	else
		range = xstrdup("");
	free(min);
	free(max);
	return range;
}

static void add_parameters(const json_t *parameters, const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {{"PARAMETER", COLUMN_TEXT}, {"TYPE", COLUMN_TEXT},
						{"DEFAULT", COLUMN_FLEX},   {"RANGE", COLUMN_FLEX},
						{"MEANING", COLUMN_NOTE},   {0}};
	struct table *t;
	const json_t *parameter;
	size_t i;

	if (!json_array_size(parameters))
		return;
	t = table_new(columns);
	json_array_foreach (parameters, i, parameter) {
		char *value = field_text(parameter, "default"), *range = range_of(parameter);

		table_cell_color(t, COLOR_ODD, field_string(parameter, "name"));
		table_cell(t, field_string(parameter, "type"));
		table_cell(t, value);
		table_cell(t, range);
		table_cell(t, field_string(parameter, "help"));
		free(value);
		free(range);
	}
	text_add(out, "\n");
	table_draw(t, screen, 2, out);
	table_discard(t);
}

static void add_fact(struct table *t, const char *title, const char *fact)
{
	if (!*fact)
		return;
	table_cell_color(t, COLOR_FAINT, title);
	table_cell(t, fact);
}

static void add_facts(const json_t *behaviour, const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {{"", COLUMN_TEXT}, {"", COLUMN_FLEX}, {0}};
	struct table *t = table_new(columns);
	const char *file = field_string(behaviour, "file");
	char *line = field_text(behaviour, "line");
	char *place = *file ? xasprintf("%s%s%s", file, *line ? ":" : "", line) : xstrdup("");

	add_fact(t, "client", field_string(behaviour, "client"));
	add_fact(t, "reveals", field_string(behaviour, "reveals"));
	add_fact(t, "reference", field_string(behaviour, "reference"));
	add_fact(t, "defined in", place);
	if (table_rows(t)) {
		text_add(out, "\n");
		table_draw(t, screen, 2, out);
	}
	free(line);
	free(place);
	table_discard(t);
}

/* Adds an example command, with the first parameter if there is one. */
static void add_example(const json_t *behaviour, const char *name, const struct screen *screen,
			struct text *out)
{
	const json_t *first = json_array_get(json_object_get(behaviour, "parameters"), 0);
	char *value = field_text(first, "default");
	char *plain = printable(value);
	char *line = xasprintf("  $ synackctl set ENDPOINT %s%s%s", name, *plain ? "=" : "", plain);

	text_add(out, "\n");
	fold_add_command(out, line, screen->width);
	text_add(out, "\n");
	free(line);
	free(value);
	free(plain);
}

static void add_page(const json_t *behaviour, const struct screen *screen, struct text *out)
{
	char *name = printable(field_string(behaviour, "name"));
	char *summary = printable(field_string(behaviour, "summary"));
	char *number = field_text(behaviour, "number");

	color_add(out, screen, COLOR_ODD, name);
	text_addf(out, "%s%s%s\n", *number ? "  (number " : "", number, *number ? ")" : "");
	text_addf(out, "  %s\n", summary);
	add_facts(behaviour, screen, out);
	add_parameters(json_object_get(behaviour, "parameters"), screen, out);
	add_example(behaviour, name, screen, out);
	free(name);
	free(summary);
	free(number);
}

static void print_behaviours(const struct request *request, const json_t *result,
			     const struct screen *screen, struct text *out)
{
	const json_t *behaviour;
	size_t i;

	if (!request->words) {
		print_list(result, screen, out);
		return;
	}
	json_array_foreach (result, i, behaviour) {
		if (i)
			text_add(out, "\n");
		add_page(behaviour, screen, out);
	}
}

static bool behaviours_params(const struct request *request, json_t **params)
{
	*params = request->words ? json_pack("{s:s}", "name", request->word[0]) : json_object();
	return true;
}

const struct command command_behaviours = {
	.name = METHOD_BEHAVIOURS,
	.operands = "[NAME]",
	.most = 1,
	.summary = "List the behaviours, or describe one",
	.help = "Without NAME, prints one line for each behaviour. With NAME, prints the page of "
		"the behaviour: its effect, the reaction of a conforming client, the client errors "
		"that it reveals, its parameters, and the place of its definition.\n"
		"\n"
		"  $ synackctl behaviours\n"
		"  $ synackctl behaviours synack-delay\n",
	.params = behaviours_params,
	.print = print_behaviours,
};
