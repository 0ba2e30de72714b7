/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "complain.h"
#include "ladder.h"
#include "pcapng.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

/* By index in verb_trace.options. */
enum { TRACE_FOLLOW, TRACE_PCAP };

static bool follows(const struct command *command)
{
	return command->option[TRACE_FOLLOW];
}

static const char *trace_method(const struct command *command)
{
	return follows(command) ? METHOD_FOLLOW : METHOD_TRACE;
}

static void want_octets(const struct command *command, json_t *params)
{
	if (command->option[TRACE_PCAP])
		json_object_set_new(params, "octets", json_integer(1));
}

static bool trace_params(const struct command *command, json_t **params)
{
	const char *word = command->words ? command->word[0] : "last";
	long long id;

	if (follows(command) && command->option[TRACE_PCAP]) {
		complain("--pcap takes what there is, and --follow what is to come: one of them");
		return false;
	}
	if (follows(command) && !command->words) {
		*params = json_pack("{s:s}", "what", FOLLOW_TRACE);
		return true;
	}
	if (follows(command) && strcmp(word, "last") == 0) {
		complain("--follow takes a connection's number, or nothing for all that happens");
		return false;
	}

	if (strcmp(word, "last") == 0) {
		*params = json_pack("{s:s}", "id", word);
		want_octets(command, *params);
		return true;
	}
	if (!read_connection(word, &id)) {
		complain("%s is no connection: give its number, from `synackctl connections`, or "
			 "`last`",
			 word);
		return false;
	}
	*params = json_pack("{s:I}", "id", (json_int_t)id);
	want_octets(command, *params);
	if (follows(command))
		json_object_set_new(*params, "what", json_string(FOLLOW_TRACE));
	return true;
}

static void print_trace(const struct command *command, const json_t *result,
			const struct screen *screen, struct text *out)
{
	(void)command;
	ladder_draw(result, screen, out);
}

static bool keep_trace(const struct command *command, const json_t *result)
{
	const char *pcap = command->option[TRACE_PCAP];
	char *error = NULL;

	if (!pcap || pcapng_write(pcap, result, &error))
		return true;
	complain("%s", error);
	free(error);
	return false;
}

const struct verb verb_trace = {
	.name = METHOD_TRACE,
	.operands = "[ID|last]",
	.most = 1,
	.summary = "What crossed the wire for one connection, as a ladder diagram",
	.help = "The client is on the left, the server on the right, time in seconds from the "
		"first\n"
		"segment, sequence numbers relative to each side's first. Beside a segment stand "
		"the\n"
		"rule that changed it and the state that the server went to. Without a word it is\n"
		"the last connection.\n"
		"\n"
		"  $ synackctl trace last\n"
		"  $ synackctl trace 17 | less -R\n"
		"  $ synackctl trace --follow\n"
		"  $ synackctl trace last --pcap last.pcapng\n",
	.options = {{"follow", NULL, "each segment and state as it happens, until Ctrl-C"},
		    {"pcap", "FILE", "write it as a pcapng, too, with its rules as comments"}},
	.choose = trace_method,
	.follows = follows,
	.params = trace_params,
	.keep = keep_trace,
	.print = print_trace,
};
