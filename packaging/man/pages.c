/* SPDX-License-Identifier: MIT */
/*
 * pages CONFIG <PAGE.in >PAGE: completes a man page in mdoc(7). Each line @NAME@ becomes the text
 * that the program finds for it in `parts`: in the tables of the programs or in the files of the
 * config. @KEYS GROUP N@ becomes the keys of a group of the config, or of its Nth table only.
 * pages --list CONFIG: prints `KIND<TAB>NAME<TAB>summary` for each behaviour, suite and profile.
 * pages --words CONFIG: prints `KIND<TAB>WORD` for each word and bound of the rule language, and
 * each counter.
 */
#include "base/container.h"
#include "base/text.h"
#include "commands.h"
#include "config/config.h"
#include "config/suites.h"
#include "judge_lists.h"
#include "mdoc.h"
#include "page_behaviours.h"
#include "page_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- synackctl(1): commands ------------------------------------------------------------------- */

static void option(const struct command_option *o)
{
	mdoc_macro("It Fl -%s%s%s", o->name, o->value ? " Ar " : "", o->value ? o->value : "");
	mdoc_text(o->help);
}

/* Returns `NAME [BEHAVIOUR]` as macros. Optional words are the last. The caller frees it. */
static char *operands(const char *words)
{
	struct text t = {0};

	while (*words) {
		size_t len = strcspn(words, " ");
		bool opens = *words == '[';
		bool closes = words[len - 1] == ']';

		if (opens || words == strstr(words, "--") || !t.len || t.s[t.len - 1] == '-')
			text_add(&t, opens ? " Op Ar" : *words == '-' ? " Fl -" : " Ar");
		if (*words != '-')
			text_addf(&t, " %.*s", (int)(len - opens - closes), words + opens);
		words += len;
		words += strspn(words, " ");
	}
	return t.s ? t.s : xstrdup("");
}

static void options(const struct command *c)
{
	mdoc_macro("Bl -tag -width indent");
	for (const struct command_option *o = c->options; o->name; o++)
		option(o);
	mdoc_macro("El");
}

static void command(const struct command *c)
{
	char *takes = operands(c->operands);

	mdoc_macro("It Cm %s%s", c->name, takes);
	free(takes);
	mdoc_text(c->summary);
	mdoc_macro("Pp");
	mdoc_paragraphs(c->help);
	if (c->options[0].name)
		options(c);
}

static void commands(const struct config *config)
{
	const struct command *c;

	(void)config;
	mdoc_macro("Bl -tag -width indent");
	for (size_t i = 0; (c = command_at(i)); i++)
		command(c);
	mdoc_macro("El");
}

/* --- synackctl-judge(1): options -------------------------------------------------------------- */

static void options_of(const char *name)
{
	const struct command *c = command_find(name);

	if (c)
		options(c);
}

static void options_of_judge(const struct config *config)
{
	(void)config;
	options_of("judge");
}

static void options_of_verdicts(const struct config *config)
{
	(void)config;
	options_of(METHOD_VERDICTS);
}

/* --- keys of the config ----------------------------------------------------------------------- */

static void keys_of_suites(const struct config *c)
{
	(void)c;
	for (const struct key_group *g = suite_groups; g->name; g++) {
		mdoc_macro("Ss %s", g->name);
		page_keys(g->name, 0);
	}
}

/* `@KEYS GROUP N@`. Returns false if the line is another one, or names an unknown table. */
static bool keys(const char *line)
{
	char group[32] = "", end[4] = "";
	unsigned table = 0;

	if (strcmp(line, "@KEYS@\n") == 0)
		return page_keys("", 0);
	if (sscanf(line, "@KEYS %31[a-zA-Z.]%3[@]", group, end) != 2 &&
	    sscanf(line, "@KEYS %31[a-zA-Z.] %u%3[@]", group, &table, end) != 3)
		return false;
	return page_keys(group, table);
}

/* ---------------------------------------------------------------------------------------------- */

static void list(const struct config *c)
{
	const struct behaviour *b = c->catalogue.behaviour;
	const struct suite *s = c->suites.suite;

	for (unsigned i = 0; i < c->catalogue.count; i++)
		printf("behaviour\t%s\t%s\n", b[i].name, b[i].summary);
	for (unsigned i = 0; i < c->suites.count; i++)
		printf("suite\t%s\t%s\n", s[i].name, s[i].summary);
	for (unsigned i = 0; i < c->profiles; i++)
		printf("profile\t%s\t%s\n", c->profile[i].name, c->profile[i].summary);
}

static const struct {
	const char *line;
	void (*write)(const struct config *c);
} parts[] = {
	{"@COMMANDS@\n", commands},
	{"@OPTIONS-OF-JUDGE@\n", options_of_judge},
	{"@OPTIONS-OF-VERDICTS@\n", options_of_verdicts},
	{"@KEYS-OF-SUITES@\n", keys_of_suites},
	{"@USES@\n", page_uses},
	{"@ICMP@\n", page_icmp},
	{"@BEHAVIOURS@\n", page_behaviours},
	{"@SUITES@\n", judge_list_suites},
	{"@PROFILES@\n", judge_list_profiles},
	{"@CLAUSES@\n", judge_list_clauses},
	{"@CLAUSES-NOT-JUDGED@\n", judge_list_unjudged},
};

/* Writes the line, or the part that it names. Returns false if it names an unknown part. */
static bool write_line(const struct config *c, const char *line)
{
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (strcmp(line, parts[i].line) == 0) {
			parts[i].write(c);
			return true;
		}
	if (*line == '@')
		return keys(line);
	fputs(line, stdout);
	return true;
}

static bool page(const struct config *c)
{
	char *line = NULL;
	size_t size = 0;
	bool right = true;

	while (getline(&line, &size, stdin) > 0) {
		if (write_line(c, line))
			continue;
		fprintf(stderr, "pages: unknown part: %s", line);
		right = false;
	}
	free(line);
	return right;
}

int main(int argc, char **argv)
{
	const char *mode = argc == 3 ? argv[1] : "";
	struct diag diag = {0};
	struct config *c;
	bool right = true;

	if (argc != 2 && strcmp(mode, "--list") != 0 && strcmp(mode, "--words") != 0)
		return 64;
	c = config_load(argv[argc - 1], NULL, &diag);
	fputs(text_str(&diag.lines), stderr);
	diag_free(&diag);
	if (!c)
		return 78;
	if (strcmp(mode, "--list") == 0)
		list(c);
	else if (*mode)
		page_words();
	else
		right = page(c);
	config_free(c);
	return fclose(stdout) == 0 && right ? 0 : 74;
}
