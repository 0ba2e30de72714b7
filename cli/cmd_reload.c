/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "fields.h"

#include <stdlib.h>

/* "seed, user" */
static void add_keys(const json_t *restarts, struct text *out)
{
	const json_t *r;
	size_t i;

	json_array_foreach (restarts, i, r) {
		char *key = printable(field_string(r, "key"));

		text_addf(out, "%s%s", i ? ", " : "", key);
		free(key);
	}
}

static void print_reload(const struct request *request, const json_t *result,
			 const struct screen *screen, struct text *out)
{
	char *config = printable(field_string(result, "config"));
	const json_t *restarts = json_object_get(result, "restart");

	(void)request;
	(void)screen;
	text_addf(out, "%s is in force; open connections keep the rules they began with.\n",
		  config);
	free(config);
	if (!json_array_size(restarts))
		return;
	text_add(out, "These keys need a restart of synackd: ");
	add_keys(restarts, out);
	text_add(out, ".\n");
}

const struct command command_reload = {
	.name = METHOD_RELOAD,
	.operands = "",
	.summary = "Read the config again",
	.help = "All or nothing: when the new config is wrong, what is wrong is printed and the "
		"old\n"
		"one stays in force. A key that is read at the start only, such as user or seed,\n"
		"is named with a warning until synackd is restarted.\n"
		"\n"
		"  $ synackctl reload\n",
	.print = print_reload,
};
