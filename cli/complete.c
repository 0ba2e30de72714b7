/* SPDX-License-Identifier: MIT */
#include "complete.h"

#include "client.h"
#include "commands.h"
#include "fields.h"
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 5 /* seconds to wait for a daemon or an ssh that hangs */

/* The command line up to the cursor. */
struct line {
	const struct command *command;
	struct client_place place;
	int operands;        /* number of arguments of the command, without the last word */
	int tail;            /* index of the word after `--`, or 0 */
	bool lost;           /* the command is unknown */
	const char *value;   /* name of the value that the previous option takes, or NULL */
	const char *current; /* the last word */
	const char *option;  /* the part `--option=` of the last word, or NULL */
	struct text *out;
};

static bool begins(const char *word, const char *with)
{
	return strncmp(word, with, strlen(with)) == 0;
}

/* Adds `word` as a completion if it begins with the last word. `before` precedes it in the same
 * word. */
static void offer(const struct line *l, const char *before, const char *word, const char *what)
{
	char *all = xasprintf("%s%s%s", l->option ? l->option : "", before, word);

	if (*word && begins(all, l->current))
		text_addf(l->out, "%s\t%.*s\n", all, (int)strcspn(what, "\n\t"), what);
	free(all);
}

/* --- options ---------------------------------------------------------------------------------- */

static const struct command_option *find_option(const struct command_option *list, const char *word)
{
	size_t len = strcspn(word, "=");

	for (; list && list->name; list++)
		if (strlen(list->name) == len && strncmp(list->name, word, len) == 0)
			return list;
	return NULL;
}

static const struct command_option *find_letter(char letter)
{
	const struct command_option *o = common_options;

	while (o->name && common_letter(o) != letter)
		o++;
	return o->name ? o : NULL;
}

static void take_value(struct line *l, const char *option, const char *value)
{
	if (strcmp(option, "control") == 0)
		l->place.path = value;
	else if (strcmp(option, "host") == 0)
		l->place.host = value;
}

/* Reads an option, with its value if that is the next word. Returns the number of words. */
static int take_option(struct line *l, char *const word[], int left)
{
	const char *name = word[0] + strspn(word[0], "-");
	const struct command_option *o = NULL;
	const char *equals = strchr(name, '=');

	if (word[0][1] != '-' && !word[0][2])
		o = find_letter(word[0][1]);
	if (!o)
		o = find_option(common_options, name);
	if (!o && l->command)
		o = find_option(l->command->options, name);
	if (!o || !o->value)
		return 1;
	if (equals) {
		take_value(l, o->name, equals + 1);
		return 1;
	}
	if (left == 1)
		l->value = o->value; /* the user is typing the value */
	else
		take_value(l, o->name, word[1]);
	return 2;
}

static void read_line(struct line *l, int words, char *const word[])
{
	int i = 0;

	while (i < words - 1) {
		if (l->command && strcmp(word[i], "--") == 0) {
			l->tail = i + 1;
			return;
		}
		if (word[i][0] == '-' && word[i][1]) {
			i += take_option(l, word + i, words - 1 - i);
			continue;
		}
		if (l->command)
			l->operands++;
		else if (strcmp(word[i], "help") != 0 && !(l->command = command_find(word[i])))
			l->lost = true;
		i++;
	}
}

static void offer_options(const struct line *l)
{
	const struct command_option *const lists[] = {l->command ? l->command->options : NULL,
						      common_options};

	for (int i = 0; i < 2; i++)
		for (const struct command_option *o = lists[i]; o && o->name; o++)
			offer(l, "--", o->name, o->help);
}

static void offer_commands(const struct line *l)
{
	const struct command *c;

	for (size_t i = 0; (c = command_at(i)); i++)
		offer(l, "", c->name, c->summary);
}

/* --- names ------------------------------------------------------------------------------------ */

static json_t *ask(const struct line *l, const char *method)
{
	json_t *result = NULL, *refusal = NULL;
	char *error = NULL;
	struct client *c = client_open(&l->place, &error);

	if (c)
		result = client_call(c, method, NULL, &refusal, &error);
	json_decref(refusal);
	free(error);
	client_close(c);
	return result;
}

static void offer_endpoints(const struct line *l)
{
	json_t *all = ask(l, METHOD_ENDPOINTS);
	const json_t *one;
	size_t i;

	json_array_foreach (all, i, one)
		offer(l, "", field_string(one, "name"), field_string(one, "behaviour"));
	json_decref(all);
}

static void offer_connections(const struct line *l)
{
	json_t *all = ask(l, METHOD_CONNECTIONS);
	const json_t *one;
	size_t i;

	json_array_foreach (all, i, one) {
		char *id = field_text(one, "id");
		char *what =
			xasprintf("%s %s", field_string(one, "client"), field_string(one, "state"));

		offer(l, "", id, what);
		free(id);
		free(what);
	}
	json_decref(all);
}

/* Adds names of the installed catalogue, which has lines `KIND<TAB>NAME<TAB>description`. */
static void offer_installed(const struct line *l, const char *kind, const char *before)
{
	FILE *f = fopen(place_catalogue(), "re");
	size_t size = 0, len = strlen(kind);
	char *line = NULL;

	while (f && getline(&line, &size, f) > 0) {
		char *name = line + len + 1, *what;

		if (strncmp(line, kind, len) != 0 || line[len] != '\t' ||
		    !(what = strchr(name, '\t')))
			continue;
		*what++ = '\0';
		offer(l, before, name, what);
	}
	free(line);
	if (f)
		fclose(f);
}

/* Returns the part of the word before its last behaviour. A `+` joins behaviours, except in
 * parentheses. The caller frees it. */
static char *joined_before(const char *word)
{
	size_t end = 0;
	int depth = 0;

	for (size_t i = 0; word[i]; i++) {
		depth += (word[i] == '(') - (word[i] == ')');
		if (word[i] == '+' && depth == 0)
			end = i + 1;
	}
	return strndup(word, end);
}

static void offer_behaviours(const struct line *l)
{
	json_t *all = l->command == &command_try ? NULL : ask(l, METHOD_BEHAVIOURS);
	char *before = joined_before(l->current);
	const json_t *one;
	size_t i;

	if (l->command != &command_behaviours)
		text_add(l->out, ":open\n");
	json_array_foreach (all, i, one)
		offer(l, before, field_string(one, "name"), field_string(one, "summary"));
	if (!all)
		offer_installed(l, "behaviour", before);
	json_decref(all);
	free(before);
}

static void offer_words(const struct line *l, const char *words)
{
	while (*words) {
		size_t len = strcspn(words, " ");
		char *word = strndup(words, len);

		offer(l, "", word, "");
		free(word);
		words += len;
		words += strspn(words, " ");
	}
}

/* --- completions ------------------------------------------------------------------------------ */

/* Adds the completions for an operand or a value, by its name in the help. */
static void offer_kind(const struct line *l, const char *kind)
{
	if (strcmp(kind, "ENDPOINT") == 0) {
		offer_endpoints(l);
	} else if (strcmp(kind, "BEHAVIOUR") == 0 ||
		   (l->command == &command_behaviours && strcmp(kind, "NAME") == 0)) {
		offer_behaviours(l);
	} else if (begins(kind, "ID")) {
		if (strchr(kind, '|')) {
			offer(l, "", "last", "the newest connection or attempt");
			offer(l, "", "all", "everything in the trace");
		}
		offer_connections(l);
	} else if (strcmp(kind, "SUITE") == 0 || strcmp(kind, "PROFILE") == 0) {
		offer_installed(l, *kind == 'S' ? "suite" : "profile", "");
	} else if (strcmp(kind, "SERVICE") == 0) {
		offer_words(l, "http http:early echo discard chargen banner: report relay:");
	} else if (strcmp(kind, "STATE") == 0) {
		offer_words(l, "SYN-RECEIVED SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 CLOSING "
			       "CLOSE-WAIT LAST-ACK TIME-WAIT");
	} else if (strcmp(kind, "WHEN") == 0) {
		offer_words(l, "auto always never");
	} else if (strcmp(kind, "FILE") == 0 || strcmp(kind, "PATH") == 0 ||
		   strcmp(kind, "DIR") == 0 || strstr(kind, ".json")) {
		text_add(l->out, ":files\n");
	}
}

/* Completes the value in a word such as `--color=al`. Returns false if the word has none. */
static bool offer_value(struct line *l)
{
	const char *equals = strchr(l->current, '=');
	const struct command_option *o = NULL;
	char *option;

	if (equals && strncmp(l->current, "--", 2) == 0)
		o = find_option(common_options, l->current + 2);
	if (equals && !o && l->command)
		o = find_option(l->command->options, l->current + 2);
	if (!o || !o->value)
		return false;
	option = strndup(l->current, (size_t)(equals + 1 - l->current));
	l->option = option;
	offer_kind(l, o->value);
	l->option = NULL;
	free(option);
	return true;
}

/* Completes the next operand of the command. */
static void offer_operand(const struct line *l)
{
	const char *at = l->command->operands;
	char *kind;
	size_t len;

	for (int i = 0; i < l->operands && *at; i++) {
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	at += *at == '[';
	len = strcspn(at, " ]");
	kind = strndup(at, len);
	if (strcmp(kind, "--") == 0)
		offer(l, "", "--", "before COMMAND");
	else
		offer_kind(l, kind);
	free(kind);
}

void complete(int words, char *const word[], struct text *out)
{
	struct line l = {.place.alone = true, .current = words ? word[words - 1] : "", .out = out};

	alarm(PATIENCE);
	read_line(&l, words, word);
	if (l.lost)
		return;
	if (l.tail)
		text_addf(out, ":command %d\n", l.tail);
	else if (l.value)
		offer_kind(&l, l.value);
	else if (l.current[0] == '-' && !offer_value(&l))
		offer_options(&l);
	else if (l.current[0] == '-')
		return;
	else if (!l.command)
		offer_commands(&l);
	else
		offer_operand(&l);
}
