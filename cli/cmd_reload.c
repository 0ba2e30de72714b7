/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "fields.h"

#include <stdlib.h>

/* Adds the keys, as `seed, user`. */
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
	text_addf(out, "%s: loaded. Open connections keep their rules.\n", config);
	free(config);
	if (!json_array_size(restarts))
		return;
	text_add(out, "Keys that require a restart of synackd: ");
	add_keys(restarts, out);
	text_add(out, ".\n");
}

const struct command command_reload = {
	.name = METHOD_RELOAD,
	.operands = "",
	.summary = "Reload the config",
	.help = "If the new config is invalid, prints its errors, and the daemon keeps the "
		"previous config. A key that synackd reads only at start-up, such as user or seed, "
		"is named in a warning, and takes effect at the next restart.\n"
		"\n"
		"  $ synackctl reload\n",
	.print = print_reload,
};
