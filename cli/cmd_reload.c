/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "fields.h"

#include <stdlib.h>

static void print_reload(const struct command *command, const json_t *result,
			 const struct screen *screen, struct text *out)
{
	char *config = printable(field_string(result, "config"));

	(void)command;
	(void)screen;
	text_addf(out, "%s is in force; open connections keep the rules they began with.\n",
		  config);
	free(config);
}

const struct verb verb_reload = {
	.name = METHOD_RELOAD,
	.operands = "",
	.summary = "Read the config again",
	.help = "All or nothing: when the new config is wrong, what is wrong is printed and the "
		"old\n"
		"one stays in force.\n"
		"\n"
		"  $ synackctl reload\n",
	.print = print_reload,
};
