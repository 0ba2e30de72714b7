/* SPDX-License-Identifier: MIT */
#include "color.h"
#include "fields.h"
#include "verbs.h"

#include <stdlib.h>

static void print_reload(const struct command *command, const json_t *result,
			 const struct screen *screen, struct text *out)
{
	const json_t *warnings = json_object_get(result, "warnings"), *warning;
	char *config = printable(field_string(result, "config"));
	size_t i;

	(void)command;
	text_addf(out, "%s is in force; open connections keep the rules they began with.\n",
		  config);
	json_array_foreach (warnings, i, warning) {
		const char *said = json_string_value(warning);
		char *plain = printable(said ? said : "");

		color_add(out, screen, COLOR_ODD, plain);
		text_add(out, "\n");
		free(plain);
	}
	free(config);
}

const struct verb verb_reload = {
	.name = "reload",
	.operands = "",
	.summary = "Read the config again",
	.help = "All or nothing: when the new config is wrong, what is wrong is printed and the "
		"old\n"
		"one stays in force.\n"
		"\n"
		"  $ synackctl reload\n",
	.print = print_reload,
};
