/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "complain.h"
#include "fields.h"
#include "ladder.h"
#include "pcapng.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

/* Indices into command_trace.options. */
enum { TRACE_ENDPOINT, TRACE_CLIENT, TRACE_FOLLOW, TRACE_PCAP };

static bool follows(const struct request *request)
{
	return request->option[TRACE_FOLLOW];
}

static const char *trace_method(const struct request *request)
{
	return follows(request) ? METHOD_FOLLOW : METHOD_TRACE;
}

static bool restricts(const struct request *request)
{
	return request->option[TRACE_ENDPOINT] || request->option[TRACE_CLIENT];
}

static bool is_word(const char *word, const char *one, const char *other)
{
	return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

/* Returns false after a complaint. */
static bool check_words(const struct request *request)
{
	const char *word = request->words ? request->word[0] : "";
	bool several = is_word(word, "last", "all");
	long long id;

	if (follows(request) && request->option[TRACE_PCAP])
		complain("--pcap: unexpected option with --follow: it writes recorded segments "
			 "only");
	else if (follows(request) && several)
		complain("--follow: unexpected argument '%s': expected an ID, or no argument for "
			 "all connections",
			 word);
	else if (request->words && !several && !read_connection(word, &id))
		complain("%s: invalid connection: expected an ID from 'synackctl connections', "
			 "'last' or 'all'",
			 word);
	else if (request->words && !several && restricts(request))
		complain("%s: unexpected ID: --endpoint and --client require 'last' or 'all'",
			 word);
	else
		return true;
	return false;
}

static bool trace_params(const struct request *request, json_t **params)
{
	const char *word = request->words ? request->word[0] : restricts(request) ? "all" : "last";
	long long id;

	if (!check_words(request))
		return false;
	*params = json_object();
	if (read_connection(word, &id))
		json_object_set_new(*params, "id", json_integer(id));
	else if (!follows(request))
		json_object_set_new(*params, "id", json_string(word));
	if (follows(request))
		json_object_set_new(*params, "what", json_string(FOLLOW_TRACE));
	if (request->option[TRACE_PCAP])
		json_object_set_new(*params, "octets", json_integer(1));
	add_filter(params, request->option[TRACE_ENDPOINT], request->option[TRACE_CLIENT]);
	return true;
}

static void print_trace(const struct request *request, const json_t *result,
			const struct screen *screen, struct text *out)
{
	const json_t *traces = json_object_get(result, "traces"), *trace;
	long long left_out = field_int(result, "left_out");
	size_t i;

	(void)request;
	if (!traces) {
		ladder_draw(result, screen, out);
		return;
	}
	if (left_out) {
		text_add(out, "Not shown: ");
		text_add_counted(out, left_out, "older connection");
		text_add(out, ". Use --endpoint, --client, or an ID.\n\n");
	}
	if (!json_array_size(traces))
		text_add(out, "No connections in the trace.\n");
	json_array_foreach (traces, i, trace) {
		text_add(out, i ? "\n" : "");
		ladder_draw(trace, screen, out);
	}
}

static bool keep_trace(const struct request *request, const json_t *result)
{
	const char *pcap = request->option[TRACE_PCAP];
	char *error = NULL;

	if (!pcap || pcapng_write(pcap, result, &error))
		return true;
	complain("%s", error);
	free(error);
	return false;
}

const struct command command_trace = {
	.name = METHOD_TRACE,
	.operands = "[ID|last|all]",
	.most = 1,
	.summary = "Show a connection as a ladder diagram",
	.help = "Draws an arrow for each segment. The client is on the left and the server on the "
		"right. Times are in seconds since the first segment. Sequence numbers are "
		"relative to the initial sequence number of each side. Beside a segment are the "
		"rule that changed it, the settings of a behaviour that it shows (use), and the "
		"new state of the server. An action of a rule has a line of its own.\n"
		"\n"
		"ID is the number of a connection or of a connection attempt. 'last' is the newest "
		"connection or attempt, and the default. 'all' is everything that the trace still "
		"contains, oldest first; it is the default with --endpoint or --client.\n"
		"\n"
		"  $ synackctl trace last\n"
		"  $ synackctl trace --endpoint web\n"
		"  $ synackctl trace all --client 192.0.2.0/24 --pcap client.pcapng\n"
		"  $ synackctl trace 17 | less -R\n"
		"  $ synackctl trace --follow\n"
		"  $ synackctl trace last --pcap last.pcapng\n",
	.options = {OPTION_ENDPOINT,
		    OPTION_CLIENT,
		    {"follow", NULL, "print each segment and state as it occurs, until Ctrl-C"},
		    {"pcap", "FILE", "also write a pcapng, with the rules as comments"}},
	.choose = trace_method,
	.follows = follows,
	.params = trace_params,
	.keep = keep_trace,
	.print = print_trace,
};
