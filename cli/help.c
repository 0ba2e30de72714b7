/* SPDX-License-Identifier: MIT */
#include "help.h"

#include "fold.h"
#include "table.h"

#include <stdlib.h>

static const struct column two[] = {{"", COLUMN_TEXT}, {"", COLUMN_FLEX}, {0}};

/* Adds the rows of `t`, and discards the table. */
static void add_table(struct table *t, unsigned width, struct text *out)
{
	const struct screen screen = {.width = width};

	table_draw(t, &screen, 2, out);
	table_discard(t);
}

static void add_options(const struct command_option *o, unsigned width, struct text *out)
{
	struct table *t = table_new(two);

	for (; o->name; o++) {
		char letter[] = {'-', common_letter(o), ',', ' ', '\0'};

		table_cellf(t, "%s--%s%s%s", letter[1] ? letter : "", o->name, o->value ? " " : "",
			    o->value ? o->value : "");
		table_cell(t, o->help);
	}
	add_table(t, width, out);
}

static void add_command(const struct command *command, unsigned width, struct text *out)
{
	struct text usage = {0};

	text_add(&usage, "usage: ");
	command_usage(command, &usage);
	fold_add(out, text_str(&usage), width);
	text_clear(&usage);
	text_addf(&usage, "\n\n%s.\n\n%s", command->summary, command->help);
	fold_add_paragraphs(out, text_str(&usage), width);
	text_free(&usage);
	if (command->options[0].name) {
		text_add(out, "\nOptions of this command:\n");
		add_options(command->options, width, out);
	}
	text_add(out, "\nCommon options:\n");
	add_options(common_options, width, out);
}

static void add_commands(unsigned width, struct text *out)
{
	struct table *t = table_new(two);
	const struct command *c;

	for (size_t i = 0; (c = command_at(i)); i++) {
		table_cellf(t, "%s%s%s", c->name, *c->operands ? " " : "", c->operands);
		table_cell(t, c->summary);
	}
	add_table(t, width, out);
}

void help_add(const struct command *command, unsigned width, struct text *out)
{
	if (command) {
		add_command(command, width, out);
		return;
	}
	fold_add_paragraphs(out,
			    "usage: synackctl [OPTIONS] COMMAND [ARGUMENTS]\n"
			    "\n"
			    "Show and change the state of a running synackd.\n"
			    "\n",
			    width);
	add_commands(width, out);
	text_add(out, "\n");
	add_options(common_options, width, out);
	fold_add_paragraphs(out,
			    "\n"
			    "The exit code is 0 for success, 1 if the daemon refuses the request, "
			    "2 for an invalid command line, argument or name, 3 if no daemon can "
			    "be reached. With --json, the last line of standard error is an object "
			    "that describes the error. $COLUMNS sets the width of the output; the "
			    "default is the width of the terminal.\n",
			    width);
}
