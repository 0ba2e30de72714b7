/* SPDX-License-Identifier: MIT */
#include "invocation.h"

#include "base/text.h"
#include "complain.h"
#include "printer.h"
#include "remote.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define COMMON_MAX  16
#define OPT_OF_VERB 1024 /* and the next ones: the index in verb->options */
#define OPT_COMMON  256  /* and the next ones: the index in common_options */

struct reading {
	struct invocation *in;
	struct option option[COMMON_MAX + VERB_OPTIONS_MAX + 1];
	char shorts[2 * COMMON_MAX + 4];
	bool undivided; /* the verb takes a COMMAND, and no `--` is there */
};

static bool read_wait(const char *value, nstime *out)
{
	char *seconds = xasprintf("%ss", value);
	bool good = duration_parse(value, out) || duration_parse(seconds, out);

	free(seconds);
	if (!good)
		complain("--wait: invalid value `%s`: expected seconds, as in 10 or 500ms", value);
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
	complain("--color: invalid value `%s`: expected auto, always or never", value);
	return false;
}

static const char *option_name(size_t i, const void *arg)
{
	const struct reading *r = arg;

	return r->option[i].name;
}

/* `synackctl`, or with the command that was given. */
static const char *with_verb(const struct reading *r, struct text *out)
{
	const struct verb *verb = r->in->command.verb;

	text_addf(out, "synackctl%s%s", verb ? " " : "", verb ? verb->name : "");
	return text_str(out);
}

static bool unknown_option(struct reading *r, const char *word)
{
	const struct option *o;
	size_t len = strcspn(word, "="), dashes = strspn(word, "-");
	char *name = strndup(word + dashes, len - dashes);
	const char *near = suggest(name, option_name, r);
	struct text command = {0};

	for (o = r->option; o->name && strcmp(o->name, name) != 0; o++)
		;
	if (o->name && word[len])
		complain("%.*s: unexpected value: %.*s takes no value", (int)len, word, (int)len,
			 word);
	else if (near)
		complain("%.*s: unknown option: did you mean --%s?", (int)len, word, near);
	else
		complain("%.*s: unknown option: %s`%s --help` lists the options", (int)len, word,
			 r->undivided ? "`--` goes before COMMAND and its options, and " : "",
			 with_verb(r, &command));
	text_free(&command);
	free(name);
	return false;
}

static bool take_common(struct invocation *in, const char *name)
{
	struct client_place *place = &in->command.place;

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
		complain("%s: missing value: give it behind the option", word);
		return false;
	}
	if (option == '?' && optopt && optopt < OPT_COMMON) {
		char letter[] = {'-', (char)optopt, '\0'};

		return unknown_option(r, letter);
	}
	if (option == '?')
		return unknown_option(r, word);
	if (option >= OPT_OF_VERB) {
		r->in->command.option[option - OPT_OF_VERB] = optarg ? optarg : "";
		return true;
	}
	for (const struct verb_option *o = common_options; o->name; o++)
		if (option == OPT_COMMON + (int)(o - common_options) || option == common_letter(o))
			return take_common(r->in, o->name);
	return true;
}

static struct option option_of(const struct verb_option *o, int value)
{
	return (struct option){.name = o->name,
			       .has_arg = o->value ? required_argument : no_argument,
			       .val = value};
}

/* The options that the command line may have, now that its verb is known or not yet. */
static void set_options(struct reading *r, bool stop)
{
	const struct verb *verb = r->in->command.verb;
	char *letter = r->shorts;
	size_t n = 0;

	if (stop)
		*letter++ = '+';
	*letter++ = ':';
	for (const struct verb_option *o = common_options; o->name; o++, n++) {
		r->option[n] = option_of(o, OPT_COMMON + (int)n);
		if (!common_letter(o))
			continue;
		*letter++ = common_letter(o);
		if (o->value)
			*letter++ = ':';
	}
	*letter = '\0';
	for (int i = 0; verb && verb->options[i].name; i++)
		r->option[n++] = option_of(&verb->options[i], OPT_OF_VERB + i);
	r->option[n] = (struct option){0};
}

/* `stop` at the first word, else take options from among the words. */
static bool read_options(struct reading *r, bool stop, int argc, char **argv)
{
	int option;

	set_options(r, stop);
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((option = getopt_long(argc, argv, r->shorts, r->option, NULL)) != -1)
		if (!take_option(r, option, argv[optind - 1]))
			return false;
	return true;
}

static bool unknown_verb(const char *word)
{
	const char *near = verb_suggest(word);

	if (near)
		complain("%s: unknown command: did you mean %s?", word, near);
	else
		complain("%s: unknown command: `synackctl --help` lists the commands", word);
	return false;
}

static bool count_words(const struct command *c)
{
	bool lacks = c->words < c->verb->least, good = !lacks && c->words <= c->verb->most;
	struct text usage = {0};

	verb_usage(c->verb, &usage);
	if (lacks)
		complain("%s: missing word: %s", c->verb->name, text_str(&usage));
	else if (!good)
		complain("%s: unexpected word `%s`: %s", c->verb->name, c->word[c->verb->most],
			 text_str(&usage));
	text_free(&usage);
	return good;
}

/* `synackctl help set`, which has no options of its own. */
static bool read_help(struct invocation *in, int argc, char **argv)
{
	in->help = true;
	in->command.verb = argc > 1 ? verb_find(argv[1]) : NULL;
	return argc == 1 || in->command.verb || unknown_verb(argv[1]);
}

/* An error in the words before --json is JSON, too. */
static void look_for_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			complain_as_json();
}

static bool is_undivided(const struct verb *verb, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return false;
	return verb->operands && strstr(verb->operands, "-- COMMAND");
}

bool invocation_read(struct invocation *in, int argc, char **argv)
{
	struct command *c = &in->command;
	struct reading r = {.in = in};

	look_for_json(argc, argv);
	if (!read_options(&r, true, argc, argv))
		return false;
	if (in->help || in->version) {
		/* `synackctl --help set` is about set. */
		c->verb = in->help && optind < argc ? verb_find(argv[optind]) : NULL;
		return true;
	}
	if (optind == argc) {
		complain("synackctl: missing command: `synackctl --help` lists the commands");
		return false;
	}
	argc -= optind;
	argv += optind;
	if (strcmp(argv[0], "help") == 0)
		return read_help(in, argc, argv);
	in->bridge = strcmp(argv[0], REMOTE_BRIDGE) == 0 && argc == 1;
	if (in->bridge)
		return true;
	c->verb = verb_find(argv[0]);
	if (!c->verb)
		return unknown_verb(argv[0]);
	complain_of(c->verb->name);
	r.undivided = is_undivided(c->verb, argc, argv);
	if (!read_options(&r, false, argc, argv))
		return false;
	c->words = argc - optind;
	c->word = argv + optind;
	return in->help || in->version || count_words(c);
}
