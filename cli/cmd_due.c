/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "complain.h"
#include "fields.h"
#include "rows.h"
#include "words.h"

static bool due_params(const struct request *request, json_t **params)
{
	long long id;

	*params = json_object();
	if (!request->words)
		return true;
	if (!read_connection(request->word[0], &id)) {
		complain("%s: invalid connection: expected an ID from 'synackctl connections'",
			 request->word[0]);
		return false;
	}
	json_object_set_new(*params, "id", json_integer(id));
	return true;
}

static void add_row(struct table *t, const json_t *due)
{
	struct text left = {0};

	text_add_age(&left, field_time(due, "left_ns"));
	if (json_is_integer(json_object_get(due, "id")))
		table_cellf(t, "%lld", (long long)field_int(due, "id"));
	else
		table_cell(t, "-");
	table_cell(t, field_string(due, "client"));
	table_cell(t, field_string(due, "server"));
	table_cell_color(t, COLOR_ODD, field_string(due, "rule"));
	table_cell(t, field_string(due, "action"));
	table_cell(t, text_str(&left));
	table_cell(t, json_is_true(json_object_get(due, "repeats")) ? "repeatedly" : "");
	text_free(&left);
}

static void print_due(const struct request *request, const json_t *result,
		      const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {{"ID", COLUMN_NUMBER},   {"CLIENT", COLUMN_TEXT},
						{"SERVER", COLUMN_FLEX}, {"RULE OF", COLUMN_FLEX},
						{"ACTION", COLUMN_FLEX}, {"IN", COLUMN_TEXT},
						{"", COLUMN_TEXT},       {0}};

	(void)request;
	rows_draw(columns, json_object_get(result, "due"), add_row, "No action of a rule is due.",
		  screen, out);
	if (json_is_true(json_object_get(result, "left_out")))
		text_add(out, "The list is incomplete: give the ID of a connection.\n");
}

const struct command command_due = {
	.name = METHOD_DUE,
	.operands = "[ID]",
	.most = 1,
	.summary = "List the future actions of rules",
	.help = "Lists for all connections, or for one: the segments that a rule holds or delays, "
		"the rules that act after a time in a state, the delayed actions, and the end of "
		"each silence. A condition of a rule can still prevent its action.\n"
		"\n"
		"  $ synackctl due\n"
		"  $ synackctl due 17\n",
	.params = due_params,
	.print = print_due,
};
