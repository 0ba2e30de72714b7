/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "complain.h"
#include "fields.h"
#include "ladder.h"
#include "pcapng.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

/* By index in command_trace.options. */
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

/* False after it told of a slip. */
static bool check_words(const struct request *request)
{
	const char *word = request->words ? request->word[0] : "";
	bool several = is_word(word, "last", "all");
	long long id;

	if (follows(request) && request->option[TRACE_PCAP])
		complain("--pcap: unexpected beside --follow: it takes what there is, and --follow "
			 "what "
			 "is to come");
	else if (follows(request) && several)
		complain("--follow: unexpected word `%s`: it takes a connection's number, or "
			 "nothing for "
			 "all that happens",
			 word);
	else if (request->words && !several && !read_connection(word, &id))
		complain(
			"%s: invalid connection: give its number, from `synackctl connections`, or "
			"`last`, or `all`",
			word);
	else if (request->words && !several && restricts(request))
		complain("%s: unexpected number: --endpoint and --client go with `last` or `all`",
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
	if (left_out)
		text_addf(out,
			  "%lld older one%s left out: --endpoint, --client and `last` say "
			  "which to show.\n\n",
			  left_out, left_out == 1 ? " is" : "s are");
	if (!json_array_size(traces))
		text_add(out, "The trace has none.\n");
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
	.summary = "What crossed the wire for one connection, as a ladder diagram",
	.help = "The client is on the left, the server on the right, time in seconds from the\n"
		"first segment, sequence numbers relative to each side's first. Beside a segment\n"
		"stand the rule that changed it, the settings of a behaviour that it shows (use),\n"
		"and the state that the server went to; a line of its own says what a rule made\n"
		"the server do. Without a word it is the last connection or attempt; with\n"
		"--endpoint or --client all of these, the oldest first. `last` is the newest one\n"
		"of them, and `all` all that the trace still has. An attempt of which no\n"
		"connection came has a number, too.\n"
		"\n"
		"  $ synackctl trace last\n"
		"  $ synackctl trace --endpoint web\n"
		"  $ synackctl trace all --client 192.0.2.0/24 --pcap client.pcapng\n"
		"  $ synackctl trace 17 | less -R\n"
		"  $ synackctl trace --follow\n"
		"  $ synackctl trace last --pcap last.pcapng\n",
	.options = {OPTION_ENDPOINT,
		    OPTION_CLIENT,
		    {"follow", NULL, "each segment and state as it happens, until Ctrl-C"},
		    {"pcap", "FILE", "write a pcapng, too, with the rules as comments"}},
	.choose = trace_method,
	.follows = follows,
	.params = trace_params,
	.keep = keep_trace,
	.print = print_trace,
};
