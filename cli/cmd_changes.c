/* SPDX-License-Identifier: MIT */
/* `add`, `remove` and `diff`: live changes of the set of endpoints. */
#include "commands.h"
#include "fields.h"
#include "rows.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

/* --- add -------------------------------------------------------------------------------------- */

static bool add_params(const struct request *request, json_t **params)
{
	static const char *const words[] = {"name", "address", "ports", "behaviour"};
	static const char *const options[] = {"service", "for", "interface"};

	*params = json_object();
	for (int i = 0; i < request->words; i++)
		add_word(params, words[i], request->word[i]);
	for (int i = 0; i < 3; i++)
		if (request->option[i])
			add_word(params, options[i], request->option[i]);
	return true;
}

/* Returns `ADDRESS port PORT` or `ADDRESS ports PORTS`. The caller frees it. */
static char *place_of(const json_t *endpoint)
{
	char *ports = field_text(endpoint, "ports");
	char *place = xasprintf("%s port%s %s", field_string(endpoint, "address"),
				strchr(ports, '-') ? "s" : "", ports);
	char *plain = printable(place);

	free(ports);
	free(place);
	return plain;
}

static void print_add(const struct request *request, const json_t *result,
		      const struct screen *screen, struct text *out)
{
	char *name = printable(field_string(result, "name")), *place = place_of(result);
	char *behaviour = printable(field_string(result, "behaviour"));
	char *problem = printable(field_string(result, "problem"));
	char *unavailable = printable(field_string(result, "unavailable"));
	struct text left = {0};

	(void)request;
	text_add_left(&left, result);
	color_add(out, screen, COLOR_TITLE, name);
	text_addf(out, ": added at %s with behaviour ", place);
	color_add(out, screen, COLOR_ODD, behaviour);
	if (left.len)
		text_addf(out, ", for %s.\n", text_str(&left));
	else
		text_addf(out, ". 'synackctl remove %s' removes it.\n", name);
	if (json_is_true(json_object_get(result, "probing")))
		text_addf(out,
			  "%s: does not answer yet: synackd is probing its address; 'synackctl "
			  "endpoints' shows the result\n",
			  name);
	if (*problem)
		text_addf(out, "%s: %s\n", name, problem);
	if (*unavailable)
		text_addf(out, "%s: part of the behaviour does not reach clients: %s\n", name,
			  unavailable);
	text_free(&left);
	free(problem);
	free(unavailable);
	free(name);
	free(place);
	free(behaviour);
}

const struct command command_add = {
	.name = METHOD_ADD,
	.operands = "NAME ADDRESS PORTS [BEHAVIOUR]",
	.least = 3,
	.most = 4,
	.summary = "Add an endpoint",
	.help = "The endpoint exists until 'remove' or a restart. ADDRESS is an address of this "
		"host, or an unused address in a network of this host. PORTS is a port, or a range "
		"such as 80-90. Without BEHAVIOUR the endpoint conforms to RFC 9293. It survives a "
		"reload, unless the new config has an endpoint with its name, or with its address "
		"and port. synackd probes an unused address before it answers, which takes some "
		"seconds, unless the config has 'probe = false'.\n"
		"\n"
		"  $ synackctl add mine 127.0.0.1 8080 synack-delay=3s --service echo --for 60s\n",
	.options = {{"service", "SERVICE", "the application: http, echo, discard, chargen, ..."},
		    {"for", "TIME", "remove the endpoint after this time, such as 60s or 5min"},
		    {"interface", "NAME",
		     "interface on which synackd answers for an unused address"}},
	.params = add_params,
	.print = print_add,
};

/* --- remove ----------------------------------------------------------------------------------- */

static bool remove_params(const struct request *request, json_t **params)
{
	*params = json_pack("{s:s}", "endpoint", request->word[0]);
	return true;
}

static void print_remove(const struct request *request, const json_t *result,
			 const struct screen *screen, struct text *out)
{
	char *name = printable(field_string(result, "name")), *place = place_of(result);
	json_int_t connections = field_int(result, "connections_reset");

	(void)request;
	color_add(out, screen, COLOR_TITLE, name);
	text_addf(out, ": removed from %s", place);
	if (connections) {
		text_add(out, ", with a reset of ");
		text_add_counted(out, connections, "connection");
	}
	text_add(out, ".");
	if (strcmp(field_string(result, "change"), "added") != 0)
		text_addf(out, " 'synackctl reset %s' restores it.", name);
	text_add(out, "\n");
	free(name);
	free(place);
}

const struct command command_remove = {
	.name = METHOD_REMOVE,
	.operands = "ENDPOINT",
	.least = 1,
	.most = 1,
	.summary = "Remove an endpoint",
	.help = "Resets the connections of the endpoint. An endpoint of the config is absent until "
		"'reset' or a restart. An endpoint that 'add' created is removed permanently.\n"
		"\n"
		"  $ synackctl remove mine\n",
	.params = remove_params,
	.print = print_remove,
};

/* --- diff ------------------------------------------------------------------------------------- */

static void add_row(struct table *t, const json_t *endpoint)
{
	const char *change = field_string(endpoint, "change");
	const char *behaviour = field_string(endpoint, "behaviour");
	bool removed = strcmp(change, "removed") == 0, added = strcmp(change, "added") == 0;
	char *ports = field_text(endpoint, "ports");
	struct text left = {0};

	text_add_left(&left, endpoint);
	table_cell(t, field_string(endpoint, "name"));
	table_cell_color(t, COLOR_TITLE, change);
	table_cell(t, field_string(endpoint, "address"));
	table_cell(t, ports);
	table_cell_color(t, COLOR_ODD, removed ? "-" : behaviour);
	table_cell(t, added ? "-" : removed ? behaviour : field_string(endpoint, "configured"));
	table_cell(t, text_str(&left));
	text_free(&left);
	free(ports);
}

static void print_diff(const struct request *request, const json_t *result,
		       const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {
		{"NAME", COLUMN_TEXT},    {"CHANGE", COLUMN_TEXT},
		{"ADDRESS", COLUMN_TEXT}, {"PORTS", COLUMN_FLEX},
		{"NOW", COLUMN_FLEX},     {"CONFIGURED", COLUMN_NOTE},
		{"LEFT", COLUMN_NOTE},    {0}};

	(void)request;
	rows_draw(columns, result, add_row, "No endpoint differs from the config.", screen, out);
}

const struct command command_diff = {
	.name = METHOD_DIFF,
	.operands = "",
	.summary = "List the differences from the config",
	.help = "Prints one line for each endpoint that 'set', 'add' or 'remove' changed. LEFT is "
		"the remaining time of 'add --for'. 'synackctl reset' undoes all these changes.\n"
		"\n"
		"  $ synackctl diff\n",
	.print = print_diff,
};
