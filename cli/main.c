/* SPDX-License-Identifier: MIT */
/* synackctl: sends one request to the daemon and prints the result. */
#include "client.h"
#include "color.h"
#include "commands.h"
#include "complain.h"
#include "complete.h"
#include "events.h"
#include "fold.h"
#include "help.h"
#include "invocation.h"
#include "printer.h"
#include "reach.h"
#include "remote.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELP_WIDTH 80 /* the maximum, and the default */

/* Prints the help, even under --quiet. */
static void print_help(const struct command *command)
{
	unsigned width = screen_of(stdout).width;
	struct text out = {0};

	help_add(command, width && width < HELP_WIDTH ? width : HELP_WIDTH, &out);
	fputs(text_str(&out), stdout);
	text_free(&out);
}

/* Reports an error of the daemon. Returns the exit code. */
static int report_refusal(const json_t *refusal)
{
	const json_t *data = json_object_get(refusal, "data"), *line;
	json_int_t code = json_integer_value(json_object_get(refusal, "code"));
	char *words = refusal_words(refusal);
	size_t i;

	complain("%s", words);
	json_array_foreach (json_object_get(data, "errors"), i, line) {
		complain_more(json_is_string(line) ? json_string_value(line) : "");
	}
	free(words);
	return code == CONTROL_UNKNOWN_NAME || code == CONTROL_BAD_PARAMS ? EXIT_USAGE
									  : EXIT_REFUSED;
}

/* Prints the warnings of the daemon about a change that it made. */
static void print_warnings(const json_t *result)
{
	const json_t *warnings = json_object_get(result, "warnings"), *warning;
	struct screen screen = screen_of(stderr);
	struct text out = {0}, folded = {0};
	size_t i;

	json_array_foreach (warnings, i, warning) {
		const char *said = json_string_value(warning);
		char *plain = printable(said ? said : "");

		color_add(&out, &screen, COLOR_ODD, plain);
		text_add(&out, "\n");
		free(plain);
	}
	fold_add(&folded, text_str(&out), screen.width);
	if (!printer_is_silent())
		fputs(text_str(&folded), stderr);
	text_free(&folded);
	text_free(&out);
}

static void print_result(const struct invocation *in, const json_t *result)
{
	struct screen screen = screen_of(stdout);
	struct text out = {0};

	if (in->json) {
		printer_json(result);
		return;
	}
	in->request.command->print(&in->request, result, &screen, &out);
	if (in->request.command->for_a_file)
		printer_lines(text_str(&out));
	else
		printer_text(&screen, text_str(&out));
	text_free(&out);
	print_warnings(result);
}

static int take_result(const struct invocation *in, const json_t *result)
{
	const struct command *command = in->request.command;
	/* Stored first, because a closed pipe can end the process while it prints. */
	bool kept = !command->keep || command->keep(&in->request, result);

	print_result(in, result);
	return kept ? EXIT_OK : EXIT_REFUSED;
}

/* Prints events until the daemon exits or standard output is closed. Returns the exit code. */
static int follow(const struct invocation *in, struct client *c, char **error)
{
	struct screen screen = screen_of(stdout);
	struct text out = {0};
	json_t *event;

	while (!ferror(stdout) && (event = client_next(c, METHOD_FOLLOW, error))) {
		char *json =
			in->json ? json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(16)) : NULL;

		text_clear(&out);
		if (json) {
			text_addf(&out, "%s\n", json);
			printer_lines(text_str(&out));
		} else {
			event_print(event, &screen, &out);
			printer_text(&screen, text_str(&out));
		}
		fflush(stdout);
		free(json);
		json_decref(event);
	}
	text_free(&out);
	return *error ? EXIT_NO_DAEMON : EXIT_REFUSED;
}

/* Sends the request and prints the result. Takes ownership of `params`. Returns the exit code. */
static int ask(const struct invocation *in, json_t *params)
{
	const struct command *command = in->request.command;
	json_t *result = NULL, *refusal = NULL;
	char *error = NULL;
	struct client *c = client_open(&in->request.place, &error);
	int code = EXIT_OK;

	if (c)
		result = client_call(
			c, command->choose ? command->choose(&in->request) : command->name,
			json_incref(params), &refusal, &error);
	if (result && command->follows && command->follows(&in->request))
		code = follow(in, c, &error);
	else if (result)
		code = take_result(in, result);
	else if (refusal)
		code = report_refusal(refusal);
	if (error) {
		complain("%s", error);
		code = EXIT_NO_DAEMON;
	}
	json_decref(params);
	json_decref(result);
	json_decref(refusal);
	free(error);
	client_close(c);
	return code;
}

/* Serves a synackctl on another machine. Returns the exit code. */
static int bridge(const struct client_place *place)
{
	char *error = NULL;
	int fd = reach(client_path(place), place->wait, &error);

	if (fd < 0) {
		complain("%s", error);
		free(error);
		return EXIT_NO_DAEMON;
	}
	remote_bridge(fd);
	close(fd);
	return EXIT_OK;
}

static int run(const struct invocation *in)
{
	const struct command *command = in->request.command;
	json_t *params = NULL;

	if (in->help || in->version) {
		if (in->help)
			print_help(command);
		else
			puts("synackctl " SYNACKD_VERSION);
		return EXIT_OK;
	}
	if (in->bridge)
		return bridge(&in->request.place);
	if (command->run && in->request.place.host && command != &command_judge) {
		complain("--host: unexpected option: '%s' uses no daemon", command->name);
		return EXIT_USAGE;
	}
	if (command->run)
		return command->run(&in->request, in->json);
	if (!command->params)
		return ask(in, NULL);
	if (!command->params(&in->request, &params))
		return EXIT_USAGE;
	if (!params) {
		complain("%s: invalid argument: expected UTF-8", command->name);
		return EXIT_USAGE;
	}
	return ask(in, params);
}

static int complete_line(int words, char *const word[])
{
	struct text out = {0};

	complete(words, word, &out);
	fputs(text_str(&out), stdout);
	text_free(&out);
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct invocation in = {0};
	int code;

	if (argc > 1 && strcmp(argv[1], COMPLETE) == 0)
		return complete_line(argc - 2, argv + 2);
	setlocale(LC_ALL, "");
	/* JSON and options have decimal points in all locales. */
	setlocale(LC_NUMERIC, "C");
	code = invocation_read(&in, argc, argv) ? run(&in) : EXIT_USAGE;
	if (fclose(stdout) != 0 && code == EXIT_OK) {
		complain("standard output: cannot write (%s)", strerror(errno));
		code = EXIT_REFUSED;
	}
	complain_end(code);
	return code;
}
