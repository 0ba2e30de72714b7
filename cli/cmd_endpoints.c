/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "fields.h"
#include "place.h"
#include "rows.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum { ENDPOINT, BEHAVIOUR, ADDRESS, PROBLEM }; /* indices into command_endpoints.options */

static bool changed(const json_t *endpoint)
{
	const char *configured = field_string(endpoint, "configured");

	return *configured && strcmp(configured, field_string(endpoint, "behaviour")) != 0;
}

static const char *or_plain(const char *behaviour)
{
	return *behaviour ? behaviour : "-";
}

static void add_row(struct table *t, const json_t *endpoint)
{
	bool differs = changed(endpoint);
	struct text left = {0};
	char *ports = field_text(endpoint, "ports");

	table_cell(t, field_string(endpoint, "name"));
	table_cell(t, field_string(endpoint, "address"));
	table_cell_color(t, COLOR_FAINT, field_string(endpoint, "kind"));
	table_cell(t, ports);
	table_cell_color(t, differs ? COLOR_ODD : COLOR_PLAIN,
			 or_plain(field_string(endpoint, "behaviour")));
	if (*field_string(endpoint, "closed"))
		table_cellf(t, "closed: %s", field_string(endpoint, "closed"));
	else
		table_cell(t, field_string(endpoint, "service"));
	text_add_left(&left, endpoint);
	if (strcmp(field_string(endpoint, "change"), "added") == 0)
		table_cellf(t, left.len ? "added, for %s" : "added", text_str(&left));
	else
		table_cell(t, "");
	text_free(&left);
	table_cell_color(t, COLOR_FAINT, differs ? field_string(endpoint, "configured") : "");
	if (json_is_true(json_object_get(endpoint, "probing")))
		table_cell_color(t, COLOR_ODD, "probing its address");
	else if (*field_string(endpoint, "problem"))
		table_cell_color(t, COLOR_BAD, field_string(endpoint, "problem"));
	else
		table_cell_color(t, COLOR_ODD, field_string(endpoint, "unavailable"));
	free(ports);
}

static void print_endpoints(const struct request *request, const json_t *result,
			    const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {
		{"NAME", COLUMN_TEXT},      {"ADDRESS", COLUMN_TEXT},
		{"KIND", COLUMN_TEXT},      {"PORTS", COLUMN_FLEX},
		{"BEHAVIOUR", COLUMN_FLEX}, {"SERVICE", COLUMN_TEXT},
		{"LIVE", COLUMN_NOTE},      {"CONFIGURED", COLUMN_NOTE},
		{"PROBLEM", COLUMN_NOTE},   {0}};

	bool some = false;

	for (int i = ENDPOINT; i <= PROBLEM; i++)
		some |= request->option[i] != NULL;
	rows_draw(columns, result, add_row, some ? "No endpoint matches." : place_of_endpoints(),
		  screen, out);
}

static bool endpoints_params(const struct request *request, json_t **params)
{
	static const char *const names[] = {"endpoint", "behaviour", "address"};

	*params = json_object();
	for (int i = ENDPOINT; i <= ADDRESS; i++)
		if (request->option[i])
			add_word(params, names[i], request->option[i]);
	if (*params && request->option[PROBLEM])
		json_object_set_new(*params, "problem", json_integer(1));
	return true;
}

/* Adds the reason why the endpoint does not answer, or answers without part of the behaviour. */
static void print_problem(const json_t *endpoint, const char *name, struct text *out)
{
	char *problem = printable(field_string(endpoint, "problem"));
	char *unavailable = printable(field_string(endpoint, "unavailable"));

	if (json_is_true(json_object_get(endpoint, "probing")))
		text_addf(out, "%s: does not answer yet: synackd is probing its address\n", name);
	if (*problem)
		text_addf(out, "%s: %s\n", name, problem);
	if (*unavailable)
		text_addf(out, "%s: part of the behaviour does not reach clients: %s\n", name,
			  unavailable);
	free(problem);
	free(unavailable);
}

/* `slow: behaviour is now synack-never; the config has synack-delay=3s. …` */
static void print_set(const struct request *request, const json_t *result,
		      const struct screen *screen, struct text *out)
{
	char *name = printable(field_string(result, "name"));
	char *behaviour = printable(field_string(result, "behaviour"));
	char *configured = printable(field_string(result, "configured"));

	(void)request;
	color_add(out, screen, COLOR_TITLE, name);
	text_add(out, ": behaviour is now ");
	color_add(out, screen, COLOR_ODD, or_plain(behaviour));
	if (changed(result))
		text_addf(out, "; the config has %s. 'synackctl reset %s' restores it.\n",
			  configured, name);
	else
		text_add(out, ", as in the config.\n");
	print_problem(result, name, out);
	free(name);
	free(behaviour);
	free(configured);
}

static bool set_params(const struct request *request, json_t **params)
{
	*params = json_pack("{s:s, s:s}", "endpoint", request->word[0], "behaviour",
			    request->word[1]);
	return true;
}

static void print_reset(const struct request *request, const json_t *result,
			const struct screen *screen, struct text *out)
{
	const json_t *endpoint;
	size_t i;

	(void)request;
	if (!json_array_size(result))
		text_add(out, "No endpoint differed from the config.\n");
	json_array_foreach (result, i, endpoint) {
		char *name = printable(field_string(endpoint, "name"));
		char *behaviour = printable(field_string(endpoint, "behaviour"));

		color_add(out, screen, COLOR_TITLE, name);
		if (strcmp(field_string(endpoint, "undone"), "added") == 0)
			text_add(out, ": removed.\n");
		else
			text_addf(out, ": behaviour is %s again.\n", or_plain(behaviour));
		print_problem(endpoint, name, out);
		free(name);
		free(behaviour);
	}
}

static bool reset_params(const struct request *request, json_t **params)
{
	*params = request->words ? json_pack("{s:s}", "endpoint", request->word[0]) : json_object();
	return true;
}

const struct command command_endpoints = {
	.name = METHOD_ENDPOINTS,
	.operands = "",
	.summary = "List the endpoints",
	.help = "Prints one line for each endpoint, or for each endpoint that the options select. "
		"KIND is 'owned' if this host has the address, or 'virtual' if synackd alone "
		"answers for it. CONFIGURED is the behaviour in the config, if 'set' replaced it. "
		"LIVE marks an endpoint that 'add' created. PROBLEM is the reason why the endpoint "
		"does not answer, or why a part of its behaviour does not reach clients.\n"
		"\n"
		"  $ synackctl endpoints\n"
		"  $ synackctl endpoints --behaviour synack-delay\n"
		"  $ synackctl endpoints --address 127.0.0.0/8 --problem\n",
	.options = {OPTION_ENDPOINT,
		    OPTION_BEHAVIOUR,
		    {"address", "ADDRESS", "only endpoints at this address or in this network"},
		    {"problem", NULL, "only endpoints that have a problem"}},
	.params = endpoints_params,
	.print = print_endpoints,
};

const struct command command_set = {
	.name = METHOD_SET,
	.operands = "ENDPOINT BEHAVIOUR",
	.least = 2,
	.most = 2,
	.summary = "Change the behaviour of an endpoint",
	.help = "The change lasts until 'reset' or a restart. Open connections keep their rules.\n"
		"\n"
		"BEHAVIOUR is a name or a number. A + joins several behaviours. NAME=VALUE sets "
		"the first parameter of a behaviour. NAME(A=1,B=2) sets parameters by name.\n"
		"\n"
		"  $ synackctl set slow synack-delay=3s\n"
		"  $ synackctl set slow synack-delay=500ms+opt-none\n",
	.params = set_params,
	.print = print_set,
};

const struct command command_reset = {
	.name = METHOD_RESET,
	.operands = "[ENDPOINT]",
	.most = 1,
	.summary = "Restore the endpoints of the config",
	.help = "Undoes 'set', 'add' and 'remove', for one endpoint or for all; 'synackctl diff' "
		"lists these changes. Behaviours that 'next' set remain pending.\n"
		"\n"
		"  $ synackctl reset slow\n",
	.params = reset_params,
	.print = print_reset,
};
