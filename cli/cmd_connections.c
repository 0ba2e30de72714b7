/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "complain.h"
#include "fields.h"
#include "rows.h"
#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ENDPOINT, CLIENT, BEHAVIOUR, STATE, FOLLOW }; /* indices into command_connections.options */

static void cell_count(struct table *t, json_int_t n)
{
	struct text count = {0};

	text_add_count(&count, n);
	table_cell(t, text_str(&count));
	text_free(&count);
}

static void add_row(struct table *t, const json_t *connection)
{
	const char *state = field_string(connection, "state");
	bool open = strcmp(state, "ESTABLISHED") == 0;
	struct text age = {0};

	text_add_age(&age, field_time(connection, "age_ns"));
	table_cellf(t, "%lld", (long long)field_int(connection, "id"));
	table_cell_color(t, open ? COLOR_GOOD : COLOR_TITLE, state);
	table_cell(t, field_string(connection, "client"));
	table_cell(t, field_string(connection, "endpoint"));
	table_cell_color(t, COLOR_ODD, field_string(connection, "behaviour"));
	cell_count(t, field_int(connection, "octets_in"));
	cell_count(t, field_int(connection, "octets_out"));
	table_cell(t, text_str(&age));
	text_free(&age);
}

static void print_connections(const struct request *request, const json_t *result,
			      const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {
		{"ID", COLUMN_NUMBER},     {"STATE", COLUMN_TEXT},     {"CLIENT", COLUMN_TEXT},
		{"ENDPOINT", COLUMN_FLEX}, {"BEHAVIOUR", COLUMN_NOTE}, {"IN", COLUMN_NUMBER},
		{"OUT", COLUMN_NUMBER},    {"AGE", COLUMN_TEXT},       {0}};
	bool some = false;
	const char *nothing;

	for (int i = ENDPOINT; i <= STATE; i++)
		some |= request->option[i] != NULL;
	nothing = some ? "No connection matches." : "No connections.";

	if (rows_draw(columns, result, add_row, nothing, screen, out) == CONTROL_CONNECTIONS_MAX)
		text_add(out, "The list may be incomplete: 'synackctl status' has the number of "
			      "connections.\n");
}

static bool follows(const struct request *request)
{
	return request->option[FOLLOW];
}

static const char *connections_method(const struct request *request)
{
	return follows(request) ? METHOD_FOLLOW : METHOD_CONNECTIONS;
}

static bool connections_params(const struct request *request, json_t **params)
{
	char *state;

	if (follows(request) && request->option[BEHAVIOUR]) {
		complain("--behaviour: unexpected option with --follow: use --endpoint, --client "
			 "or --state");
		return false;
	}
	*params = follows(request) ? json_pack("{s:s}", "what", FOLLOW_CONNECTIONS) : json_object();
	add_filter(params, request->option[ENDPOINT], request->option[CLIENT]);
	if (request->option[BEHAVIOUR])
		add_word(params, "behaviour", request->option[BEHAVIOUR]);
	if (!request->option[STATE])
		return true;
	state = xstrdup(request->option[STATE]);
	for (char *c = state; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	add_word(params, "state", state);
	free(state);
	return true;
}

const struct command command_connections = {
	.name = METHOD_CONNECTIONS,
	.operands = "",
	.summary = "List the TCP connections",
	.help = "IN and OUT are octets of data. AGE is the time since the connection began.\n"
		"\n"
		"  $ synackctl connections\n"
		"  $ synackctl connections --state SYN-RECEIVED\n"
		"  $ synackctl connections --endpoint web --client 192.0.2.0/24\n"
		"  $ synackctl connections --follow\n",
	.options = {OPTION_ENDPOINT,
		    OPTION_CLIENT,
		    OPTION_BEHAVIOUR,
		    {"state", "STATE", "only connections in this state of RFC 9293"},
		    {"follow", NULL, "print each change of state as it occurs, until Ctrl-C"}},
	.choose = connections_method,
	.follows = follows,
	.params = connections_params,
	.print = print_connections,
};
