/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "complain.h"
#include "fields.h"
#include "table.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum { TIMES, ENDPOINT, CANCEL }; /* options */

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
		complain("next: unexpected words: it takes a client and a behaviour; or --cancel, "
			 "for all or for one client; or nothing, to list them");
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

	text_add(out, "The next ");
	if (times > 1)
		text_add_count(out, times);
	text_addf(out, "%sattempt%s of %s at %s meet%s ", times > 1 ? " " : "",
		  times > 1 ? "s" : "", client, *endpoint ? endpoint : "any endpoint",
		  times > 1 ? "" : "s");
	color_add(out, screen, COLOR_ODD, behaviour);
	text_add(out, ".\n");
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
		text_add(out, "Nothing is pending.\n");
	} else {
		if (request->option[CANCEL])
			text_add(out, "No longer pending:\n");
		print_table(result, screen, out);
	}
}

const struct command command_next = {
	.name = METHOD_NEXT,
	.operands = "[CLIENT BEHAVIOUR]",
	.most = 2,
	.summary = "What the next attempts of a client meet; without words, what is pending",
	.help = "CLIENT is an address or a prefix. Its next connection attempt, or as many as\n"
		"--times says, meets BEHAVIOUR instead of what the endpoint does; then all is as\n"
		"before. A repeated SYN belongs to the attempt and meets the same. Of several "
		"that\n"
		"are pending for a client the oldest comes first.\n"
		"\n"
		"  $ synackctl next 192.0.2.7 synack-delay=3s\n"
		"  $ synackctl next 192.0.2.0/24 refuse --times 3 --endpoint web\n"
		"  $ synackctl next\n"
		"  $ synackctl next --cancel\n",
	.options = {{"times", "N", "for so many attempts, not 1"},
		    {"endpoint", "ENDPOINT", "at this endpoint only"},
		    {"cancel", NULL, "forget what is pending, of CLIENT or all"}},
	.choose = next_method,
	.params = next_params,
	.print = print_next,
};
