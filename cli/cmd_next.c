/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "complain.h"
#include "fields.h"
#include "table.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum { TIMES, ENDPOINT, CANCEL }; /* indices into command_next.options */

static const char *next_method(const struct request *request)
{
	if (request->option[CANCEL])
		return METHOD_CANCEL;
	return request->words ? METHOD_NEXT : METHOD_PENDING;
}

static bool next_params(const struct request *request, json_t **params)
{
	bool cancel = request->option[CANCEL], modified = false;

	modified = request->option[TIMES] || request->option[ENDPOINT];
	if ((cancel && (request->words > 1 || modified)) || (!cancel && request->words == 1) ||
	    (!request->words && modified)) {
		complain("next: invalid arguments: expected CLIENT BEHAVIOUR, --cancel [CLIENT], "
			 "or none");
		return false;
	}
	*params = json_object();
	if (request->words)
		add_word(params, "client", request->word[0]);
	if (request->words > 1)
		add_word(params, "behaviour", request->word[1]);
	if (request->option[TIMES])
		add_word(params, "times", request->option[TIMES]);
	if (request->option[ENDPOINT])
		add_word(params, "endpoint", request->option[ENDPOINT]);
	return true;
}

static void print_table(const json_t *pending, const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {
		{"CLIENT", COLUMN_TEXT},  {"BEHAVIOUR", COLUMN_FLEX}, {"ENDPOINT", COLUMN_FLEX},
		{"TIMES", COLUMN_NUMBER}, {"LEFT", COLUMN_NUMBER},    {0}};
	struct table *t = table_new(columns);
	const json_t *next;
	size_t i;

	json_array_foreach (pending, i, next) {
		const char *endpoint = field_string(next, "endpoint");

		table_cell(t, field_string(next, "client"));
		table_cell_color(t, COLOR_ODD, field_string(next, "behaviour"));
		table_cell(t, *endpoint ? endpoint : "any");
		table_cellf(t, "%lld", (long long)field_int(next, "times"));
		table_cellf(t, "%lld", (long long)field_int(next, "left"));
	}
	table_draw(t, screen, 0, out);
	table_discard(t);
}

static void print_one(const json_t *next, const struct screen *screen, struct text *out)
{
	char *client = printable(field_string(next, "client"));
	char *behaviour = printable(field_string(next, "behaviour"));
	char *endpoint = printable(field_string(next, "endpoint"));
	json_int_t times = field_int(next, "times");

	text_add(out, "Behaviour of the next ");
	if (times > 1)
		text_add_counted(out, times, "connection attempt");
	else
		text_add(out, "connection attempt");
	text_addf(out, " of %s to %s: ", client, *endpoint ? endpoint : "any endpoint");
	color_add(out, screen, COLOR_ODD, behaviour);
	text_add(out, "\n");
	free(client);
	free(behaviour);
	free(endpoint);
}

static void print_next(const struct request *request, const json_t *result,
		       const struct screen *screen, struct text *out)
{
	if (json_is_object(result)) {
		print_one(result, screen, out);
	} else if (!json_array_size(result)) {
		text_add(out, "No behaviour is pending.\n");
	} else {
		if (request->option[CANCEL])
			text_add(out, "Cancelled:\n");
		print_table(result, screen, out);
	}
}

const struct command command_next = {
	.name = METHOD_NEXT,
	.operands = "[CLIENT BEHAVIOUR]",
	.most = 2,
	.summary = "Set the behaviour that a client gets next",
	.help = "CLIENT is an address or a prefix. Its next connection attempt, or as many as "
		"--times specifies, gets BEHAVIOUR in place of the behaviour of the endpoint. A "
		"retransmitted SYN belongs to the same attempt. If several behaviours are pending "
		"for a client, the oldest is used first. Without arguments, lists the pending "
		"behaviours.\n"
		"\n"
		"  $ synackctl next 192.0.2.7 synack-delay=3s\n"
		"  $ synackctl next 192.0.2.0/24 refuse --times 3 --endpoint web\n"
		"  $ synackctl next\n"
		"  $ synackctl next --cancel\n",
	.options = {{"times", "N", "number of attempts; default 1"},
		    {"endpoint", "ENDPOINT", "only attempts to this endpoint"},
		    {"cancel", NULL, "delete the pending behaviours of CLIENT, or all"}},
	.choose = next_method,
	.params = next_params,
	.print = print_next,
};
