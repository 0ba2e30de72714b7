/* SPDX-License-Identifier: MIT */
/* synackctl: options, the verb, one question to the daemon, exit codes. */
#include "base/container.h"
#include "client.h"
#include "color.h"
#include "commands.h"
#include "complain.h"
#include "complete.h"
#include "events.h"
#include "reach.h"
#include "remote.h"

#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPT_HOST = 'H',
	OPT_CONTROL = 256,
	OPT_JSON,
	OPT_WAIT,
	OPT_HELP,
	OPT_VERSION,
	OPT_OF_VERB, /* and the next ones: the index in verb->options */
};

static const struct option common[] = {
	{"control", required_argument, NULL, OPT_CONTROL},
	{"host", required_argument, NULL, OPT_HOST},
	{"json", no_argument, NULL, OPT_JSON},
	{"wait", required_argument, NULL, OPT_WAIT},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
};

#define COMMON COUNT_OF(common)

struct invocation {
	bool json;
	bool help;
	bool version;
	bool bridge;
	struct command command;
	struct option option[COMMON + VERB_OPTIONS_MAX + 1];
};

static const char help_head[] = "usage: synackctl [OPTION ...] COMMAND [WORD ...]\n"
				"\n"
				"Ask a running synackd what it does, and change it.\n"
				"\n";

static const char help_tail[] =
	"\n"
	"  --control PATH    the daemon's socket, else $SYNACKD_CONTROL, else\n"
	"                    " CONTROL_PATH "\n"
	"  -H, --host HOST   the daemon of another machine, by ssh: USER@HOST or as ssh has it\n"
	"  --json            the daemon's answer as it is\n"
	"  --wait SECONDS    while no daemon listens, try again for so long (10, 500ms)\n"
	"  --help            this, or with a command what that does, with an example\n"
	"  --version\n"
	"\n"
	"Ends with 0 when all is well, 1 when the daemon said no, 2 for a wrong command line or\n"
	"a name that does not exist, 3 when there is no daemon or it may not be asked.\n"
	"$NO_COLOR turns colour off, $COLUMNS is the width when there is no terminal.\n";

static void print_help(const struct verb *verb)
{
	struct text out = {0};

	if (verb) {
		verb_describe(verb, &out);
	} else {
		text_add(&out, help_head);
		verbs_list(&out);
		text_add(&out, help_tail);
	}
	fputs(text_str(&out), stdout);
	text_free(&out);
}

static bool read_wait(const char *value, nstime *out)
{
	char *seconds = xasprintf("%ss", value);
	bool good = duration_parse(value, out) || duration_parse(seconds, out);

	free(seconds);
	if (!good)
		complain("--wait expects seconds, as in 10 or 500ms, not `%s`", value);
	return good;
}

static const char *option_name(size_t i, const void *arg)
{
	const struct invocation *in = arg;

	return in->option[i].name;
}

static bool unknown_option(struct invocation *in, const char *word)
{
	const struct option *o;
	size_t len = strcspn(word, "=");
	char *name = strndup(word + strspn(word, "-"), len - strspn(word, "-"));
	const char *near = suggest(name, option_name, in);

	for (o = in->option; o->name && strcmp(o->name, name) != 0; o++)
		;
	if (o->name && word[len])
		complain("%.*s takes no value", (int)len, word);
	else if (near)
		complain("unknown option %.*s, did you mean --%s?", (int)len, word, near);
	else
		complain("unknown option %.*s; `synackctl %s%s--help` shows what there is",
			 (int)len, word, in->command.verb ? in->command.verb->name : "",
			 in->command.verb ? " " : "");
	free(name);
	return false;
}

static bool take_option(struct invocation *in, int option, const char *word)
{
	switch (option) {
	case OPT_CONTROL: in->command.place.path = optarg; return true;
	case OPT_HOST: in->command.place.host = optarg; return true;
	case OPT_JSON: in->json = true; return true;
	case OPT_WAIT: return read_wait(optarg, &in->command.place.wait);
	case OPT_HELP: in->help = true; return true;
	case OPT_VERSION: in->version = true; return true;
	case ':': complain("%s lacks its value", word); return false;
	case '?':
		if (optopt && optopt < OPT_CONTROL) {
			char letter[] = {'-', (char)optopt, '\0'};

			return unknown_option(in, letter);
		}
		return unknown_option(in, word);
	default: in->command.option[option - OPT_OF_VERB] = optarg ? optarg : ""; return true;
	}
}

/* The options that the command line may have, now that its verb is known or not yet. */
static void set_options(struct invocation *in)
{
	const struct verb *verb = in->command.verb;
	size_t n = COMMON;

	memcpy(in->option, common, sizeof(common));
	for (int i = 0; verb && verb->options[i].name; i++)
		in->option[n++] = (struct option){
			.name = verb->options[i].name,
			.has_arg = verb->options[i].value ? required_argument : no_argument,
			.val = OPT_OF_VERB + i};
	in->option[n] = (struct option){0};
}

/* `shorts` begins with "+" to stop at the first word, else to take options from among the words. */
static bool read_options(struct invocation *in, const char *shorts, int argc, char **argv)
{
	int option;

	set_options(in);
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((option = getopt_long(argc, argv, shorts, in->option, NULL)) != -1)
		if (!take_option(in, option, argv[optind - 1]))
			return false;
	return true;
}

static bool unknown_verb(const char *word)
{
	const char *near = verb_suggest(word);

	if (near)
		complain("unknown command %s, did you mean %s?", word, near);
	else
		complain("unknown command %s; `synackctl --help` shows what there is", word);
	return false;
}

static bool count_words(const struct command *c)
{
	if (c->words < c->verb->least)
		complain("%s lacks a word: synackctl %s %s", c->verb->name, c->verb->name,
			 c->verb->operands);
	else if (c->words > c->verb->most)
		complain("the word %s is one too many: synackctl %s%s%s", c->word[c->verb->most],
			 c->verb->name, *c->verb->operands ? " " : "", c->verb->operands);
	else
		return true;
	return false;
}

/* False after it told of a slip. */
static bool read_command_line(struct invocation *in, int argc, char **argv)
{
	struct command *c = &in->command;

	if (!read_options(in, "+:H:", argc, argv) || in->help || in->version)
		goto done;
	if (optind == argc) {
		complain("no command; `synackctl --help` shows what there is");
		return false;
	}
	argc -= optind;
	argv += optind;
	if (strcmp(argv[0], "help") == 0) {
		in->help = true;
		c->verb = argc > 1 ? verb_find(argv[1]) : NULL;
		return argc == 1 || c->verb || unknown_verb(argv[1]);
	}
	in->bridge = strcmp(argv[0], REMOTE_BRIDGE) == 0 && argc == 1;
	if (in->bridge)
		return true;
	c->verb = verb_find(argv[0]);
	if (!c->verb)
		return unknown_verb(argv[0]);
	if (!read_options(in, ":H:", argc, argv))
		return false;
	c->words = argc - optind;
	c->word = argv + optind;
	return in->help || in->version || count_words(c);
done:
	/* `synackctl --help set` is about set. */
	if (in->help && optind < argc)
		c->verb = verb_find(argv[optind]);
	return in->help || in->version;
}

/* What the daemon said instead of a result. */
static int report_refusal(const json_t *refusal)
{
	const json_t *data = json_object_get(refusal, "data"), *line;
	bool near = json_object_get(data, "suggestion");
	json_int_t code = json_integer_value(json_object_get(refusal, "code"));
	char *words = refusal_words(refusal);
	size_t i;

	complain("%s", words);
	json_array_foreach (json_object_get(data, "errors"), i, line) {
		char *s = printable(json_is_string(line) ? json_string_value(line) : "");

		fprintf(stderr, "  %s\n", s);
		free(s);
	}
	free(words);
	return code == CONTROL_UNKNOWN_NAME || (code == CONTROL_BAD_PARAMS && near) ? EXIT_SLIP
										    : EXIT_SAID_NO;
}

/* What the daemon did, though it may not be what the user meant. */
static void print_warnings(const json_t *result)
{
	const json_t *warnings = json_object_get(result, "warnings"), *warning;
	struct screen screen = screen_of(stderr);
	struct text out = {0};
	size_t i;

	json_array_foreach (warnings, i, warning) {
		const char *said = json_string_value(warning);
		char *plain = printable(said ? said : "");

		color_add(&out, &screen, COLOR_ODD, plain);
		text_add(&out, "\n");
		free(plain);
	}
	fputs(text_str(&out), stderr);
	text_free(&out);
}

static void print_result(const struct invocation *in, const json_t *result)
{
	struct screen screen = screen_of(stdout);
	struct text out = {0};
	char *json;

	if (in->json) {
		json = json_dumps(result, JSON_INDENT(2) | JSON_ENCODE_ANY);
		puts(json ? json : "null");
		free(json);
		return;
	}
	in->command.verb->print(&in->command, result, &screen, &out);
	fputs(text_str(&out), stdout);
	text_free(&out);
	print_warnings(result);
}

static int take_result(const struct invocation *in, const json_t *result)
{
	const struct verb *verb = in->command.verb;
	/* First: whoever reads what is printed may stop, and that ends us. */
	bool kept = !verb->keep || verb->keep(&in->command, result);

	print_result(in, result);
	return kept ? EXIT_OK : EXIT_SAID_NO;
}

/* Print what happens until the daemon is gone, or nobody reads it. */
static int follow(const struct invocation *in, struct client *c, char **error)
{
	struct screen screen = screen_of(stdout);
	struct text out = {0};
	json_t *event;

	while (!ferror(stdout) && (event = client_next(c, METHOD_FOLLOW, error))) {
		char *json = in->json ? json_dumps(event, JSON_COMPACT) : NULL;

		text_clear(&out);
		if (json)
			text_addf(&out, "%s\n", json);
		else
			event_print(event, &screen, &out);
		fputs(text_str(&out), stdout);
		fflush(stdout);
		free(json);
		json_decref(event);
	}
	text_free(&out);
	return *error ? EXIT_NO_DAEMON : EXIT_SAID_NO;
}

/* Ask and print. Takes `params` over. */
static int ask(const struct invocation *in, json_t *params)
{
	const struct verb *verb = in->command.verb;
	json_t *result = NULL, *refusal = NULL;
	char *error = NULL;
	struct client *c = client_open(&in->command.place, &error);
	int code = EXIT_OK;

	if (c)
		result = client_call(c, verb->choose ? verb->choose(&in->command) : verb->name,
				     json_incref(params), &refusal, &error);
	if (result && verb->follows && verb->follows(&in->command))
		code = follow(in, c, &error);
	else if (result)
		code = take_result(in, result);
	else if (refusal)
		code = report_refusal(refusal);
	if (error) {
		fprintf(stderr, "%s\n", error);
		code = EXIT_NO_DAEMON;
	}
	json_decref(params);
	json_decref(result);
	json_decref(refusal);
	free(error);
	client_close(c);
	return code;
}

/* For a synackctl on another machine. */
static int bridge(const struct client_place *place)
{
	char *error = NULL;
	int fd = reach(client_path(place), place->wait, &error);

	if (fd < 0) {
		fprintf(stderr, "%s\n", error);
		free(error);
		return EXIT_NO_DAEMON;
	}
	remote_bridge(fd);
	close(fd);
	return EXIT_OK;
}

static int run(const struct invocation *in)
{
	const struct verb *verb = in->command.verb;
	json_t *params = NULL;

	if (in->help || in->version) {
		if (in->help)
			print_help(verb);
		else
			puts("synackctl " SYNACKD_VERSION);
		return EXIT_OK;
	}
	if (in->bridge)
		return bridge(&in->command.place);
	if (verb->run && in->command.place.host && verb != &verb_judge) {
		complain("%s asks no daemon, and runs here: it takes no --host", verb->name);
		return EXIT_SLIP;
	}
	if (verb->run)
		return verb->run(&in->command, in->json);
	if (!verb->params)
		return ask(in, NULL);
	if (!verb->params(&in->command, &params))
		return EXIT_SLIP;
	if (!params) {
		complain("what was given is not UTF-8, which the daemon cannot take");
		return EXIT_SLIP;
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
	/* JSON and getopt know nothing of decimal commas. */
	setlocale(LC_NUMERIC, "C");
	code = read_command_line(&in, argc, argv) ? run(&in) : EXIT_SLIP;
	if (fclose(stdout) != 0 && code == EXIT_OK) {
		complain("the output could not be written");
		code = EXIT_SAID_NO;
	}
	return code;
}
