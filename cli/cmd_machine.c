/* SPDX-License-Identifier: MIT */
/* `abort`, `close`, `leave` and `forget`: commands for one connection. */
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
		complain("%s: invalid connection: expected an ID from 'synackctl connections'",
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
	color_add(out, screen, COLOR_TITLE, *state ? state : "deleted");
	text_add(out, "\n");
	free(client);
	free(server);
	free(from);
	free(state);
}

/* The fields that the four commands share. */
#define CHANGE(method)                                                                \
	.name = method, .operands = "ID", .least = 1, .most = 1, .params = id_params, \
	.print = print_move

const struct command command_abort = {
	CHANGE(METHOD_ABORT),
	.summary = "Reset a connection",
	.help = "Sends an RST and deletes the connection. 'synackctl connections' lists the IDs.\n"
		"\n"
		"  $ synackctl abort 17\n",
};

const struct command command_close = {
	CHANGE(METHOD_CLOSE),
	.summary = "Close a connection for writing",
	.help = "As shutdown(2) does, sends the queued data, then a FIN. The client can still send "
		"data. 'synackctl connections' lists the IDs.\n"
		"\n"
		"  $ synackctl close 17\n",
};

const struct command command_leave = {
	CHANGE(METHOD_LEAVE),
	.summary = "Close a connection for reading and writing",
	.help = "As close(2) does, sends the queued data, then a FIN, and reads no more data. "
		"Unread data, or data that arrives later, draws an RST. 'synackctl connections' "
		"lists the IDs.\n"
		"\n"
		"  $ synackctl leave 17\n",
};

const struct command command_forget = {
	CHANGE(METHOD_FORGET),
	.summary = "Delete a connection, and send nothing",
	.help = "As after a reboot of the host, the client learns of this when it next sends a "
		"segment. 'synackctl connections' lists the IDs.\n"
		"\n"
		"  $ synackctl forget 17\n",
};
