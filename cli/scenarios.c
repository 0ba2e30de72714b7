/* SPDX-License-Identifier: MIT */
#include "scenarios.h"

#include "base/text.h"
#include "complain.h"
#include "fields.h"
#include "place.h"

#include <stdlib.h>
#include <string.h>

static const char *name_at(size_t i, const void *arg)
{
	const json_t *all = arg;

	return i < json_array_size(all) ? field_string(json_array_get(all, i), "name") : NULL;
}

static bool contains(const json_t *all, const char *name)
{
	const char *there;

	for (size_t i = 0; (there = name_at(i, all)); i++)
		if (strcmp(there, name) == 0)
			return true;
	return false;
}

static void complain_unknown(const json_t *all, const char *name)
{
	const char *near = suggest(name, name_at, all);

	if (near)
		complain("unknown scenario '%s'; did you mean '%s'?", name, near);
	else
		complain("unknown scenario '%s'; the files in %s/suites list the scenarios of each "
			 "suite",
			 name, place_data());
}

/* Returns the names of a list as keys of an object, or NULL after a complaint if one is unknown. */
static json_t *read_names(const json_t *all, const char *names)
{
	json_t *wanted = json_object();
	char *list = xstrdup(names), *rest = list, *name;

	while (wanted && (name = strsep(&rest, ", "))) {
		if (!*name)
			continue;
		if (contains(all, name)) {
			json_object_set_new(wanted, name, json_true());
			continue;
		}
		complain_unknown(all, name);
		json_decref(wanted);
		wanted = NULL;
	}
	free(list);
	return wanted;
}

json_t *scenarios_choose(json_t *all, const char *names)
{
	json_t *wanted, *chosen, *scenario;
	size_t i;

	if (!names)
		return json_copy(all);
	wanted = read_names(all, names);
	if (!wanted)
		return NULL;
	chosen = json_array();
	json_array_foreach (all, i, scenario)
		if (json_object_get(wanted, field_string(scenario, "name")))
			json_array_append(chosen, scenario);
	json_decref(wanted);
	if (json_array_size(chosen))
		return chosen;
	json_decref(chosen);
	complain("--scenario: missing name: expected a list, as in '--scenario accept,refuse'");
	return NULL;
}
