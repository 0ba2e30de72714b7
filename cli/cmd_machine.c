/* SPDX-License-Identifier: MIT */
/* Commands that move one connection. */
#include "color.h"
#include "commands.h"
#include "complain.h"
#include "fields.h"
#include "words.h"

#include <stdlib.h>

static bool id_params(const struct request *request, json_t **params)
{
	long long id;

	if (!read_connection(request->word[0], &id)) {
		complain("%s: invalid connection: give its number, from `synackctl connections`",
			 request->word[0]);
		return false;
	}
	*params = json_pack("{s:I}", "id", (json_int_t)id);
	return true;
}

/* `17, 127.0.0.1:50036 to 127.0.0.1:7001: ESTABLISHED -> FIN-WAIT-1` */
static void print_move(const struct request *request, const json_t *result,
		       const struct screen *screen, struct text *out)
{
	char *client = printable(field_string(result, "client"));
	char *server = printable(field_string(result, "server"));
	char *from = printable(field_string(result, "from"));
	char *state = printable(field_string(result, "state"));

	(void)request;
	text_addf(out, "%lld, %s to %s: %s -> ", (long long)field_int(result, "id"), client, server,
		  from);
	color_add(out, screen, COLOR_TITLE, *state ? state : "gone");
	text_add(out, "\n");
	free(client);
	free(server);
	free(from);
	free(state);
}

/* The part that the four commands share. */
#define MOVE(method)                                                                  \
	.name = method, .operands = "ID", .least = 1, .most = 1, .params = id_params, \
	.print = print_move

const struct command command_abort = {
	MOVE(METHOD_ABORT),
	.summary = "Reset a connection",
	.help = "Sends an RST, and the connection is gone. ID is from `synackctl connections`.\n"
		"\n"
		"  $ synackctl abort 17\n",
};

const struct command command_close = {
	MOVE(METHOD_CLOSE),
	.summary = "Close a connection for writing, as its application would",
	.help = "What is still to be sent goes first, then a FIN; the client may go on sending.\n"
		"ID is from `synackctl connections`.\n"
		"\n"
		"  $ synackctl close 17\n",
};

const struct command command_leave = {
	MOVE(METHOD_LEAVE),
	.summary = "Close a connection both ways, as a program that ends does",
	.help = "As `synackctl close`, but nothing of the client is read any more: octets that\n"
		"were not read, or come later, draw an RST. ID is from `synackctl connections`.\n"
		"\n"
		"  $ synackctl leave 17\n",
};

const struct command command_forget = {
	MOVE(METHOD_FORGET),
	.summary = "Forget a connection without a word, as after a reboot",
	.help = "Nothing is sent; the client learns of it when it next sends something. ID is "
		"from\n"
		"`synackctl connections`.\n"
		"\n"
		"  $ synackctl forget 17\n",
};
