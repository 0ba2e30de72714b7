/* SPDX-License-Identifier: MIT */
/* `compare`: the differences between two report cards. */
#include "card.h"
#include "commands.h"
#include "complain.h"
#include "fields.h"
#include "printer.h"
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *read_card(const char *path)
{
	FILE *f = fopen(path, "re");
	json_t *card;

	if (!f) {
		complain("%s: cannot read (%s)", path, strerror(errno));
		return NULL;
	}
	card = json_loadf(f, 0, NULL);
	fclose(f);
	if (!json_is_array(json_object_get(card, "requirements"))) {
		complain("%s: invalid report card: expected the output of 'synackctl --json judge'",
			 path);
		json_decref(card);
		return NULL;
	}
	return card;
}

static const json_t *row_of(const json_t *card, const char *requirement)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(card, "requirements"), i, row)
		if (strcmp(field_string(row, "requirement"), requirement) == 0)
			return row;
	return NULL;
}

static void add_difference(json_t *out, const char *requirement, const json_t *a, const json_t *b)
{
	const char *before = a ? field_string(a, "result") : "-";
	const char *after = b ? field_string(b, "result") : "-";

	if (strcmp(before, after) != 0)
		json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:s, s:s}", "requirement",
						     requirement, "a", before, "b", after,
						     "a_words", a ? field_string(a, "words") : "",
						     "b_words", b ? field_string(b, "words") : ""));
}

/* Returns the rows whose results differ, then the rows that only the second card has. */
static json_t *differences(const json_t *a, const json_t *b)
{
	json_t *out = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(a, "requirements"), i, row) {
		const char *id = field_string(row, "requirement");

		add_difference(out, id, row, row_of(b, id));
	}
	json_array_foreach (json_object_get(b, "requirements"), i, row) {
		const char *id = field_string(row, "requirement");

		if (!row_of(a, id))
			add_difference(out, id, NULL, row);
	}
	return out;
}

static void print_differences(const json_t *all, const char *const *names)
{
	const struct column columns[] = {{"CLAUSE", COLUMN_TEXT},
					 {names[0], COLUMN_TEXT},
					 {names[1], COLUMN_TEXT},
					 {"OBSERVATION", COLUMN_FLEX},
					 {0}};
	struct screen screen = screen_of(stdout);
	struct table *t = table_new(columns);
	struct text out = {0};
	const json_t *d;
	size_t i;

	json_array_foreach (all, i, d) {
		const char *a = field_string(d, "a"), *b = field_string(d, "b");
		char *words = xasprintf("%s -> %s", field_string(d, "a_words"),
					field_string(d, "b_words"));

		table_cell(t, field_string(d, "requirement"));
		table_cell_color(t, result_color(a), a);
		table_cell_color(t, result_color(b), b);
		table_cell(t, words);
		free(words);
	}
	if (json_array_size(all))
		table_draw(t, &screen, 0, &out);
	else
		text_add(&out, "All verdicts are equal.\n");
	printer_text(&screen, text_str(&out));
	text_free(&out);
	table_discard(t);
}

static int compare_run(const struct request *request, bool json)
{
	const char *const names[] = {request->word[0], request->word[1]};
	json_t *a = read_card(names[0]), *b = a ? read_card(names[1]) : NULL, *all;
	int code = EXIT_USAGE;

	if (a && b) {
		all = differences(a, b);
		code = json_array_size(all) ? EXIT_REFUSED : EXIT_OK;
		if (json)
			printer_json(all);
		else
			print_differences(all, names);
		json_decref(all);
	}
	json_decref(a);
	json_decref(b);
	return code;
}

const struct command command_compare = {
	.name = "compare",
	.operands = "A.json B.json",
	.least = 2,
	.most = 2,
	.summary = "Compare two report cards",
	.help = "Compares two TCPs, or one TCP on two dates. Each file is the output of 'synackctl "
		"--json judge'. The exit code is 0 if all verdicts are equal, and 1 if some "
		"differ.\n"
		"\n"
		"  $ synackctl compare linux.json lwip.json\n",
	.run = compare_run,
};
