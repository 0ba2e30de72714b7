/* SPDX-License-Identifier: MIT */
#include "config/suites.h"

#include "base/container.h"
#include "base/text.h"
#include "catalogue/compile.h"
#include "judge/requirement.h"
#include "tcp/settings.h"

#include <stdlib.h>
#include <string.h>

#define SUITE(member)    .offset = offsetof(struct suite, member)
#define SCENARIO(member) .offset = offsetof(struct scenario, member)
#define PROFILE(member)  .offset = offsetof(struct profile, member)

static const struct key suite_keys[] = {
	{"summary", KEY_TEXT, SUITE(summary), .fallback = "", .help = "Purpose, in a few words."},
	{"includes", KEY_TEXT, SUITE(includes), .fallback = "",
	 .help = "Other suites, separated by commas, whose scenarios come first."},
	{"scenarios", KEY_OTHER, .help = "A list of { name = …; … }."},
};

static const struct key scenario_keys[] = {
	{"name", KEY_TEXT, SCENARIO(name), .min = "1", .max = "64",
	 .help = "Name of the scenario."},
	{"behaviour", KEY_TEXT, SCENARIO(behaviour), .fallback = "",
	 .help = "Behaviour of the endpoint; \"\" is the behaviour of the same name."},
	{"service", KEY_TEXT, SCENARIO(service), .fallback = "discard", .help = "The application."},
	{"needs", KEY_TEXT, SCENARIO(needs), .fallback = "",
	 .help = "Requirements on the client, for the operator."},
	{"octets", KEY_NUMBER, SCENARIO(octets), .size = 4, .fallback = "0",
	 .help = "Octets that the client sends."},
	{"stay", KEY_DURATION, SCENARIO(stay), .fallback = "1s",
	 .help = "Time that the client then waits before it closes."},
	{"pause", KEY_DURATION, SCENARIO(pause), .fallback = "0",
	 .help = "Time from the start during which the client reads nothing."},
	{"connections", KEY_NUMBER, SCENARIO(connections), .size = 4, .fallback = "1", .min = "1",
	 .max = "1000", .help = "Connections that the client makes, in sequence."},
	{"watch", KEY_DURATION, SCENARIO(watch), .fallback = "1s",
	 .help = "Time to observe after the client has ended."},
	{"fake", KEY_BOOL, SCENARIO(fake), .fallback = "false",
	 .help = "true: it takes so long that only tests with a simulated clock run it."},
	{"family", KEY_NUMBER, SCENARIO(family), .size = 1, .fallback = "0",
	 .help = "4 or 6: only over IPv4 or IPv6; 0: both."},
};

static const struct key profile_keys[] = {
	{"name", KEY_TEXT, PROFILE(name), .min = "1", .max = "64",
	 .help = "Name of the profile, as in linux-6.18."},
	{"summary", KEY_TEXT, PROFILE(summary), .fallback = "",
	 .help = "The client that it describes."},
	{"deviations", KEY_OTHER, .help = "A list of { requirement = …; why = …; }."},
};

#define DEVIATION(member) .offset = offsetof(struct deviation, member)

static const struct key deviation_keys[] = {
	{"requirement", KEY_TEXT, DEVIATION(requirement), .min = "1",
	 .help = "Id of the requirement."},
	{"behaviour", KEY_TEXT, DEVIATION(behaviour), .fallback = "",
	 .help = "Only for connections with this behaviour; \"\" is any."},
	{"why", KEY_TEXT, DEVIATION(why), .min = "1", .help = "Deviation of the client."},
};

static const size_t suite_keys_count = COUNT_OF(suite_keys),
		    scenario_keys_count = COUNT_OF(scenario_keys),
		    profile_keys_count = COUNT_OF(profile_keys),
		    deviation_keys_count = COUNT_OF(deviation_keys);

const struct key_group suite_groups[] = {
	{"suites.NAME", suite_keys, &suite_keys_count},
	{"scenarios", scenario_keys, &scenario_keys_count},
	{"profiles", profile_keys, &profile_keys_count},
	{"deviations", deviation_keys, &deviation_keys_count},
	{NULL, NULL, NULL},
};

static void read_keys(const struct schema_reader *r, config_setting_t *s, const struct key *keys,
		      size_t count, void *target)
{
	key_defaults(keys, count, target);
	schema_read(r, s, &(struct key_table){keys, count, target}, 1);
}

/* Returns the list of this name in a group. Returns NULL if the key is absent; reports an error,
 * and returns NULL, if it is not a list. */
static config_setting_t *list_of(const struct schema_reader *r, config_setting_t *group,
				 const char *name)
{
	config_setting_t *list = config_setting_get_member(group, name);

	if (list && !config_setting_is_list(list)) {
		schema_error(r, list, "expected a list, ( { … }, { … } )");
		return NULL;
	}
	return list;
}

/* --- suites ----------------------------------------------------------------------------------- */

static const struct scenario *scenario_named(const struct suites *all, const char *name)
{
	for (unsigned i = 0; i < all->count; i++)
		for (unsigned k = 0; k < all->suite[i].scenarios; k++)
			if (all->suite[i].scenario[k].name &&
			    strcmp(all->suite[i].scenario[k].name, name) == 0)
				return &all->suite[i].scenario[k];
	return NULL;
}

static void read_scenario(const struct schema_reader *r, const struct suites *all,
			  config_setting_t *s, struct suite *suite)
{
	struct scenario scenario = {0};

	read_keys(r, s, scenario_keys, COUNT_OF(scenario_keys), &scenario);
	if (!config_setting_is_group(s))
		return;
	if (!config_setting_get_member(s, "name"))
		schema_error(r, s, "missing key 'name'");
	else if (scenario.name && scenario_named(all, scenario.name))
		schema_error(r, s, "duplicate scenario '%s'", scenario.name);
	if (scenario.family != 0 && scenario.family != 4 && scenario.family != 6)
		schema_error(r, config_setting_get_member(s, "family"), "expected 4 or 6, got %u",
			     scenario.family);
	if (scenario.behaviour && !*scenario.behaviour && scenario.name) {
		free(scenario.behaviour);
		scenario.behaviour = xstrdup(scenario.name);
	}
	suite->scenario[suite->scenarios++] = scenario;
}

static void read_suite(const struct schema_reader *r, struct suites *all, config_setting_t *s,
		       const char *path)
{
	config_setting_t *list;
	struct suite *suite;
	int count;

	if (suite_find(all, config_setting_name(s))) {
		schema_error(r, s, "duplicate suite");
		return;
	}
	all->suite = xrealloc(all->suite, (all->count + 1) * sizeof(*all->suite));
	suite = &all->suite[all->count++];
	*suite = (struct suite){.name = xstrdup(config_setting_name(s)),
				.file = path,
				.line = config_setting_source_line(s)};
	read_keys(r, s, suite_keys, COUNT_OF(suite_keys), suite);
	list = config_setting_is_group(s) ? list_of(r, s, "scenarios") : NULL;
	count = list ? config_setting_length(list) : 0;
	suite->scenario = xcalloc(count ? (size_t)count : 1, sizeof(*suite->scenario));
	for (int i = 0; i < count; i++)
		read_scenario(r, all, config_setting_get_elem(list, (unsigned)i), suite);
}

/* Returns true if `s` includes `wanted`, directly or by another suite. `seen` marks the suites that
 * were visited, by their index. */
static bool leads_to(const struct suites *all, const struct suite *s, const struct suite *wanted,
		     bool *seen)
{
	char *list = xstrdup(s->includes ? s->includes : ""), *rest = list, *name;
	bool found = false;

	while (!found && (name = strsep(&rest, ", "))) {
		const struct suite *other = suite_find(all, name);

		found = other && other == wanted;
		if (!other || found || seen[other - all->suite])
			continue;
		seen[other - all->suite] = true;
		found = leads_to(all, other, wanted, seen);
	}
	free(list);
	return found;
}

static void check_includes(const struct suites *all, const struct suite *s, const char *key,
			   struct diag *diag)
{
	char *list = xstrdup(s->includes), *rest = list, *name;
	bool *seen = xcalloc(all->count, sizeof(*seen));

	while ((name = strsep(&rest, ", "))) {
		const char *near = *name ? suggest(name, suite_name_at, all) : NULL;

		if (*name && !suite_find(all, name))
			diag_error(diag, s->file, s->line, key, "unknown suite '%s'%s%s%s", name,
				   near ? "; did you mean '" : "", near ? near : "",
				   near ? "'?" : "");
	}
	if (leads_to(all, s, s, seen))
		diag_error(diag, s->file, s->line, key,
			   "'%s' includes itself, directly or by another suite", s->name);
	free(seen);
	free(list);
}

/* Checks a scenario as `judge` will run it, so that errors are reported now, not in each run. */
static void check_scenario(const struct config *c, const struct suite *s,
			   const struct scenario *scenario, const char *key, struct diag *diag)
{
	struct tcp_settings tcp;
	struct service service = {0};
	char *error = NULL;

	key_defaults(tcp_settings_keys, tcp_settings_keys_count, &tcp);
	if (scenario->service && !service_parse(scenario->service, &service, &error))
		diag_error(diag, s->file, s->line, key, "service: %s", error);
	else if (scenario->behaviour)
		ruleset_put(behaviour_compile(&c->catalogue, scenario->behaviour, &tcp, &service,
					      diag, s->file, s->line, key));
	service_free(&service);
	free(error);
}

static void name_behaviours(const struct config *c, char **text)
{
	char *named = *text ? catalogue_with_names(&c->catalogue, *text) : NULL;

	free(*text);
	*text = named;
}

static void name_all_behaviours(struct config *c)
{
	for (unsigned i = 0; i < c->suites.count; i++)
		for (unsigned k = 0; k < c->suites.suite[i].scenarios; k++)
			name_behaviours(c, &c->suites.suite[i].scenario[k].behaviour);
	for (unsigned i = 0; i < c->profiles; i++)
		for (unsigned k = 0; k < c->profile[i].deviations; k++)
			name_behaviours(c, &c->profile[i].deviation[k].behaviour);
}

void config_check_suites(struct config *c, struct diag *diag)
{
	name_all_behaviours(c);
	for (unsigned i = 0; i < c->suites.count; i++) {
		const struct suite *s = &c->suites.suite[i];
		char *key = xasprintf("suites.%s.includes", s->name);

		if (s->includes)
			check_includes(&c->suites, s, key, diag);
		free(key);
		for (unsigned k = 0; k < s->scenarios; k++) {
			key = xasprintf("suites.%s.scenarios[%u]", s->name, k);
			check_scenario(c, s, &s->scenario[k], key, diag);
			free(key);
		}
	}
}

/* --- profiles --------------------------------------------------------------------------------- */

static const char *requirement_name(size_t i, const void *arg)
{
	const struct requirement *r = requirement_at((unsigned)i);

	(void)arg;
	return r ? r->id : NULL;
}

static void read_deviation(const struct schema_reader *r, config_setting_t *s, struct profile *p)
{
	struct deviation *d = &p->deviation[p->deviations++];
	const char *near;

	read_keys(r, s, deviation_keys, COUNT_OF(deviation_keys), d);
	if (!config_setting_is_group(s))
		return;
	if (!d->requirement || !d->why) {
		schema_error(r, s, "missing key 'requirement' or 'why'");
		return;
	}
	if (requirement_find(d->requirement))
		return;
	near = suggest(d->requirement, requirement_name, NULL);
	schema_error(r, s, "unknown requirement '%s'%s%s%s", d->requirement,
		     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void check_profile_name(const struct schema_reader *r, const struct config *c,
			       config_setting_t *s, const struct profile *p)
{
	if (!config_setting_get_member(s, "name"))
		schema_error(r, s, "missing key 'name'");
	else if (p->name && config_profile(c, p->name) != p)
		schema_error(r, s, "duplicate profile '%s'", p->name);
}

static void read_profile(const struct schema_reader *r, struct config *c, config_setting_t *s,
			 const char *path)
{
	config_setting_t *list;
	struct profile *p;
	int count;

	c->profile = xrealloc(c->profile, (c->profiles + 1) * sizeof(*c->profile));
	p = &c->profile[c->profiles++];
	*p = (struct profile){.file = path, .line = config_setting_source_line(s)};
	read_keys(r, s, profile_keys, COUNT_OF(profile_keys), p);
	if (!config_setting_is_group(s))
		return;
	check_profile_name(r, c, s, p);
	list = list_of(r, s, "deviations");
	count = list ? config_setting_length(list) : 0;
	p->deviation = xcalloc(count ? (size_t)count : 1, sizeof(*p->deviation));
	for (int i = 0; i < count; i++)
		read_deviation(r, config_setting_get_elem(list, (unsigned)i), p);
}

/* --- suites and profiles ---------------------------------------------------------------------- */

void config_read_suites(struct config *c, config_setting_t *root, const char *path,
			struct diag *diag)
{
	const struct schema_reader r = {.diag = diag, .groups = c->catalogue.groups};
	config_setting_t *suites = config_setting_get_member(root, "suites");
	config_setting_t *profiles = list_of(&r, root, "profiles");

	if (suites && !config_setting_is_group(suites))
		schema_error(&r, suites, "expected a group, { NAME = { … }; }");
	else
		for (int i = 0; suites && i < config_setting_length(suites); i++)
			read_suite(&r, &c->suites, config_setting_get_elem(suites, (unsigned)i),
				   path);
	for (int i = 0; profiles && i < config_setting_length(profiles); i++)
		read_profile(&r, c, config_setting_get_elem(profiles, (unsigned)i), path);
}

const struct profile *config_profile(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->profiles; i++)
		if (c->profile[i].name && strcmp(c->profile[i].name, name) == 0)
			return &c->profile[i];
	return NULL;
}
