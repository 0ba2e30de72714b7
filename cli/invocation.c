/* SPDX-License-Identifier: MIT */
#include "invocation.h"

#include "base/text.h"
#include "complain.h"
#include "printer.h"
#include "remote.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define COMMON_MAX     16
#define OPT_OF_COMMAND 1024 /* plus the index in command->options */
#define OPT_COMMON     256  /* plus the index in common_options */

struct reading {
	struct invocation *in;
	struct option option[COMMON_MAX + COMMAND_OPTIONS_MAX + 1];
	char shorts[2 * COMMON_MAX + 4];
	bool undivided; /* the command takes a COMMAND, and `--` is missing */
};

static bool read_wait(const char *value, nstime *out)
{
	char *seconds = xasprintf("%ss", value);
	bool good = duration_parse(value, out) || duration_parse(seconds, out);

	free(seconds);
	if (!good)
		complain("--wait: invalid value '%s': expected a time such as 10s or 500ms", value);
	return good;
}

static bool read_color(const char *value)
{
	static const char *const names[] = {
		[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};

	for (unsigned i = COLOR_AUTO; i <= COLOR_NEVER; i++)
		if (strcmp(value, names[i]) == 0) {
			screen_use_color((enum color_when)i);
			return true;
		}
	complain("--color: invalid value '%s': expected auto, always or never", value);
	return false;
}

static const char *option_name(size_t i, const void *arg)
{
	const struct reading *r = arg;

	return r->option[i].name;
}

/* Returns `synackctl`, or `synackctl COMMAND` if the command is known. */
static const char *with_command(const struct reading *r, struct text *out)
{
	const struct command *command = r->in->request.command;

	text_addf(out, "synackctl%s%s", command ? " " : "", command ? command->name : "");
	return text_str(out);
}

static bool unknown_option(struct reading *r, const char *word)
{
	const struct option *o;
	size_t len = strcspn(word, "="), dashes = strspn(word, "-");
	char *name = strndup(word + dashes, len - dashes);
	const char *near = suggest(name, option_name, r);
	struct text given = {0};

	for (o = r->option; o->name && strcmp(o->name, name) != 0; o++)
		;
	if (o->name && word[len])
		complain("%.*s: unexpected value '%s'", (int)len, word, word + len + 1);
	else if (near)
		complain("unknown option '%.*s'; did you mean '--%s'?", (int)len, word, near);
	else
		complain("unknown option '%.*s'; %s'%s --help' lists the options", (int)len, word,
			 r->undivided ? "'--' must precede COMMAND, and " : "",
			 with_command(r, &given));
	text_free(&given);
	free(name);
	return false;
}

static bool take_common(struct invocation *in, const char *name)
{
	struct client_place *place = &in->request.place;

	if (strcmp(name, "control") == 0)
		place->path = optarg;
	else if (strcmp(name, "host") == 0)
		place->host = optarg;
	else if (strcmp(name, "wait") == 0)
		return read_wait(optarg, &place->wait);
	else if (strcmp(name, "json") == 0)
		in->json = true;
	else if (strcmp(name, "quiet") == 0)
		printer_silence();
	else if (strcmp(name, "color") == 0)
		return read_color(optarg);
	else if (strcmp(name, "help") == 0)
		in->help = true;
	else
		in->version = true;
	return true;
}

static bool take_option(struct reading *r, int option, const char *word)
{
	if (option == ':') {
		complain("%s: missing value", word);
		return false;
	}
	if (option == '?' && optopt && optopt < OPT_COMMON) {
		char letter[] = {'-', (char)optopt, '\0'};

		return unknown_option(r, letter);
	}
	if (option == '?')
		return unknown_option(r, word);
	if (option >= OPT_OF_COMMAND) {
		r->in->request.option[option - OPT_OF_COMMAND] = optarg ? optarg : "";
		return true;
	}
	for (const struct command_option *o = common_options; o->name; o++)
		if (option == OPT_COMMON + (int)(o - common_options) || option == common_letter(o))
			return take_common(r->in, o->name);
	return true;
}

static struct option option_of(const struct command_option *o, int value)
{
	return (struct option){.name = o->name,
			       .has_arg = o->value ? required_argument : no_argument,
			       .val = value};
}

/* Sets the options that are valid before or after the command. */
static void set_options(struct reading *r, bool stop)
{
	const struct command *command = r->in->request.command;
	char *letter = r->shorts;
	size_t n = 0;

	if (stop)
		*letter++ = '+';
	*letter++ = ':';
	for (const struct command_option *o = common_options; o->name; o++, n++) {
		r->option[n] = option_of(o, OPT_COMMON + (int)n);
		if (!common_letter(o))
			continue;
		*letter++ = common_letter(o);
		if (o->value)
			*letter++ = ':';
	}
	*letter = '\0';
	for (int i = 0; command && command->options[i].name; i++)
		r->option[n++] = option_of(&command->options[i], OPT_OF_COMMAND + i);
	r->option[n] = (struct option){0};
}

/* Reads options. With `stop`, ends at the first argument. Otherwise options can also follow
 * arguments. */
static bool read_options(struct reading *r, bool stop, int argc, char **argv)
{
	int option;

	set_options(r, stop);
	optind = 0; /* glibc: restarts the scan */
	opterr = 0;
	while ((option = getopt_long(argc, argv, r->shorts, r->option, NULL)) != -1)
		if (!take_option(r, option, argv[optind - 1]))
			return false;
	return true;
}

static bool unknown_command(const char *word)
{
	const char *near = command_suggest(word);

	if (near)
		complain("unknown command '%s'; did you mean '%s'?", word, near);
	else
		complain("unknown command '%s'; 'synackctl --help' lists the commands", word);
	return false;
}

static bool count_words(const struct request *r)
{
	bool lacks = r->words < r->command->least, good = !lacks && r->words <= r->command->most;
	struct text usage = {0};

	command_usage(r->command, &usage);
	if (lacks)
		complain("%s: missing argument: usage: %s", r->command->name, text_str(&usage));
	else if (!good)
		complain("%s: unexpected argument '%s': usage: %s", r->command->name,
			 r->word[r->command->most], text_str(&usage));
	text_free(&usage);
	return good;
}

/* Reads `synackctl help [COMMAND]`. */
static bool read_help(struct invocation *in, int argc, char **argv)
{
	in->help = true;
	in->request.command = argc > 1 ? command_find(argv[1]) : NULL;
	return argc == 1 || in->request.command || unknown_command(argv[1]);
}

/* An error before --json is also reported as JSON. */
static void look_for_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			complain_as_json();
}

static bool is_undivided(const struct command *command, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return false;
	return command->operands && strstr(command->operands, "-- COMMAND");
}

bool invocation_read(struct invocation *in, int argc, char **argv)
{
	struct request *r = &in->request;
	struct reading reading = {.in = in};

	look_for_json(argc, argv);
	if (!read_options(&reading, true, argc, argv))
		return false;
	if (in->help || in->version) {
		/* `synackctl --help set` prints the help of set. */
		r->command = in->help && optind < argc ? command_find(argv[optind]) : NULL;
		return true;
	}
	if (optind == argc) {
		complain("COMMAND: missing argument: 'synackctl --help' lists the commands");
		return false;
	}
	argc -= optind;
	argv += optind;
	if (strcmp(argv[0], "help") == 0)
		return read_help(in, argc, argv);
	in->bridge = strcmp(argv[0], REMOTE_BRIDGE) == 0 && argc == 1;
	if (in->bridge)
		return true;
	r->command = command_find(argv[0]);
	if (!r->command)
		return unknown_command(argv[0]);
	complain_of(r->command->name);
	reading.undivided = is_undivided(r->command, argc, argv);
	if (!read_options(&reading, false, argc, argv))
		return false;
	r->words = argc - optind;
	r->word = argv + optind;
	return in->help || in->version || count_words(r);
}
