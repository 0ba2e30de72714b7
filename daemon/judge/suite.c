/* SPDX-License-Identifier: MIT */
#include "judge/suite.h"

#include <stdlib.h>
#include <string.h>

#define INCLUDES_DEPTH 4

static void suite_release(struct suite *s)
{
	for (unsigned i = 0; i < s->scenarios; i++) {
		free(s->scenario[i].name);
		free(s->scenario[i].behaviour);
		free(s->scenario[i].service);
		free(s->scenario[i].needs);
	}
	free(s->scenario);
	free(s->name);
	free(s->summary);
	free(s->includes);
}

void suites_free(struct suites *s)
{
	for (unsigned i = 0; i < s->count; i++)
		suite_release(&s->suite[i]);
	free(s->suite);
	*s = (struct suites){0};
}

static const struct suite *find(const struct suites *all, const char *name, size_t len)
{
	for (unsigned i = 0; i < all->count; i++)
		if (strlen(all->suite[i].name) == len &&
		    strncmp(all->suite[i].name, name, len) == 0)
			return &all->suite[i];
	return NULL;
}

const char *suite_name_at(size_t i, const void *suites)
{
	const struct suites *all = suites;

	return i < all->count ? all->suite[i].name : NULL;
}

const struct suite *suite_find(const struct suites *all, const char *name)
{
	return find(all, name, strlen(name));
}

/* *i is decremented for each scenario that is passed. */
static const struct scenario *walk(const struct suites *all, const struct suite *s, unsigned *i,
				   unsigned depth)
{
	const struct scenario *found = NULL;

	for (const char *p = s->includes; depth && !found && *p; p += strspn(p, ", ")) {
		size_t len = strcspn(p, ", ");
		const struct suite *other = find(all, p, len);

		if (other)
			found = walk(all, other, i, depth - 1);
		p += len;
	}
	if (found)
		return found;
	if (*i < s->scenarios)
		return &s->scenario[*i];
	*i -= s->scenarios;
	return NULL;
}

const struct scenario *suite_scenario(const struct suites *all, const struct suite *s, unsigned i)
{
	return walk(all, s, &i, INCLUDES_DEPTH);
}
