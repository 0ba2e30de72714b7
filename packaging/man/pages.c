/* SPDX-License-Identifier: MIT */
/*
 * pages CONFIG <PAGE.in >PAGE: completes a man page in mdoc(7). Each line @NAME@ becomes the text
 * that page() finds for it in the tables of the programs or in the files of the config.
 * pages --list CONFIG: prints `KIND<TAB>NAME<TAB>summary` for each behaviour, suite and profile.
 */
#include "catalogue/compile.h"
#include "catalogue/parameters.h"
#include "commands.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "config/suites.h"
#include "engine/amplification_need.h"
#include "judge_lists.h"
#include "mdoc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- synackctl(1): commands ------------------------------------------------------------------- */

static void option(const struct command_option *o)
{
	mdoc_macro("It Fl -%s%s%s", o->name, o->value ? " Ar " : "", o->value ? o->value : "");
	mdoc_text(o->help);
}

/* `NAME [BEHAVIOUR]`, of which the optional words are the last, as macros. The caller's. */
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

/* --- synackctl-judge(1): options ----------------------------------------------------------------
 */

static void options_of(const char *name)
{
	const struct command *c;

	for (size_t i = 0; (c = command_at(i)); i++)
		if (strcmp(c->name, name) == 0)
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

/* --- synackd.conf(5): keys -------------------------------------------------------------------- */

/* `true or false`, `a number from 1 to 9`. The caller's. */
static char *form(const struct key *k)
{
	static const char *const names[] = {
		[KEY_BOOL] = "true or false",
		[KEY_NUMBER] = "a number",
		[KEY_SEQUENCE] = "a sequence number",
		[KEY_SIZE] = "octets, as in 16M",
		[KEY_DURATION] = "a duration",
		[KEY_TEXT] = "text",
		[KEY_CHOICE] = "one of",
	};
	const char *name = k->type < sizeof(names) / sizeof(names[0]) ? names[k->type] : NULL;
	bool bounded = name && k->type != KEY_TEXT;
	struct text t = {0};

	text_add(&t, name ? name : "");
	for (size_t i = 0; k->choices && k->choices[i]; i++)
		text_addf(&t, "%s %s", i ? "," : "", k->choices[i]);
	if (bounded && k->min)
		text_addf(&t, " from %s", k->min);
	if (bounded && k->max)
		text_addf(&t, " up to %s", k->max);
	return t.s;
}

static void key(const struct key *k)
{
	char *is = form(k);
	struct text t = {0};

	mdoc_macro("It Cm %s", k->name);
	mdoc_text(k->help);
	if (is && *is) {
		is[0] = (char)(is[0] >= 'a' && is[0] <= 'z' ? is[0] - 'a' + 'A' : is[0]);
		mdoc_text(is);
	}
	if (k->fallback) {
		text_addf(&t, "Default: %s", *k->fallback ? k->fallback : "\"\"");
		mdoc_text(text_str(&t));
	}
	if (k->flags & CONFIG_RESTART)
		mdoc_text("A new value needs a restart.");
	text_free(&t);
	free(is);
}

/* Tables of one group are adjacent. */
static void keys_of(const struct key_group *groups)
{
	const char *name = NULL;

	for (const struct key_group *g = groups; g->name; g++) {
		if (!name || strcmp(name, g->name) != 0) {
			if (name)
				mdoc_macro("El");
			if (*g->name)
				mdoc_macro("Ss %s", g->name);
			else
				mdoc_macro("Ss the top level");
			mdoc_macro("Bl -tag -width indent");
		}
		name = g->name;
		for (size_t i = 0; i < *g->count; i++)
			key(&g->keys[i]);
	}
	mdoc_macro("El");
}

static void keys(const struct config *c)
{
	(void)c;
	keys_of(config_groups);
}

static void keys_of_suites(const struct config *c)
{
	(void)c;
	keys_of(suite_groups);
}

/* --- synackd-behaviours(7) -------------------------------------------------------------------- */

static void parameter(const struct parameter *p)
{
	struct text t = {0};

	mdoc_macro("It Ar %s", p->name);
	text_addf(&t, "%s: a %s", p->help ? p->help : "", parameter_type_name(p->type));
	if (p->among)
		text_addf(&t, " among %s", p->among);
	if (p->min)
		text_addf(&t, " from %s", p->min);
	if (p->max)
		text_addf(&t, " up to %s", p->max);
	if (p->type == PARAMETER_TEXT && (p->min || p->max))
		text_add(&t, " characters");
	if (p->fallback)
		text_addf(&t, ", if not given %s", p->fallback);
	mdoc_text(text_str(&t));
	text_free(&t);
}

static void fact(const char *title, const char *text)
{
	char *line;

	if (!text || !*text)
		return;
	line = xasprintf("%s %s", title, text);
	mdoc_text(line);
	free(line);
}

/* The bound that it needs, over IPv4 and IPv6, with its parameters as they are by default. */
static void need(const struct config *c, const struct behaviour *b)
{
	const struct service none = {0};
	struct tcp_settings settings;
	struct diag diag = {0};
	struct ruleset *rules;
	uint32_t v4, v6;
	char *line;

	tcp_settings_default(&settings);
	rules = behaviour_compile(&c->catalogue, b->name, &settings, &none, &diag, NULL, 0, NULL);
	diag_free(&diag);
	if (!rules)
		return;
	v4 = amplification_need(rules, true);
	v6 = amplification_need(rules, false);
	if (rules->tcp.iss_given)
		line = xstrdup("It needs an amplification of 0: its ISN is given.");
	else
		line = xasprintf("It needs an amplification of %u.", v4 > v6 ? v4 : v6);
	mdoc_text(line);
	free(line);
	ruleset_put(rules);
}

static void behaviour(const struct config *c, const struct behaviour *b)
{
	mdoc_macro("It Cm %s%s", b->name, b->number ? "" : " Pq without a number");
	mdoc_text(b->summary);
	fact("A client", b->client);
	fact("It reveals", b->reveals);
	need(c, b);
	if (b->number)
		mdoc_macro("Pq number %u; %s", b->number, b->reference ? b->reference : "");
	else if (b->reference)
		mdoc_macro("Pq %s", b->reference);
	if (!b->parameters)
		return;
	mdoc_macro("Bl -tag -width indent");
	for (unsigned i = 0; i < b->parameters; i++)
		parameter(&b->parameter[i]);
	mdoc_macro("El");
}

static void behaviours(const struct config *c)
{
	mdoc_macro("Bl -tag -width indent");
	for (unsigned i = 0; i < c->catalogue.count; i++)
		behaviour(c, &c->catalogue.behaviour[i]);
	mdoc_macro("El");
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
		printf("profile\t%s\t\n", c->profile[i].name);
}

static void page(const struct config *c)
{
	static const struct {
		const char *line;
		void (*write)(const struct config *c);
	} parts[] = {
		{"@COMMANDS@\n", commands},
		{"@OPTIONS-OF-JUDGE@\n", options_of_judge},
		{"@OPTIONS-OF-VERDICTS@\n", options_of_verdicts},
		{"@KEYS@\n", keys},
		{"@KEYS-OF-SUITES@\n", keys_of_suites},
		{"@BEHAVIOURS@\n", behaviours},
		{"@SUITES@\n", judge_list_suites},
		{"@PROFILES@\n", judge_list_profiles},
		{"@CLAUSES@\n", judge_list_clauses},
		{"@CLAUSES-NOT-JUDGED@\n", judge_list_unjudged},
	};
	const size_t count = sizeof(parts) / sizeof(parts[0]);
	char *line = NULL;
	size_t size = 0, i;

	while (getline(&line, &size, stdin) > 0) {
		for (i = 0; i < count && strcmp(line, parts[i].line) != 0; i++)
			;
		if (i < count)
			parts[i].write(c);
		else
			fputs(line, stdout);
	}
	free(line);
}

int main(int argc, char **argv)
{
	bool listing = argc == 3 && strcmp(argv[1], "--list") == 0;
	struct diag diag = {0};
	struct config *c;

	if (argc != 2 && !listing)
		return 64;
	c = config_load(argv[argc - 1], NULL, &diag);
	fputs(text_str(&diag.lines), stderr);
	diag_free(&diag);
	if (!c)
		return 78;
	if (listing)
		list(c);
	else
		page(c);
	config_free(c);
	return fclose(stdout) == 0 ? 0 : 74;
}
