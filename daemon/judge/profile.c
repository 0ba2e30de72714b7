/* SPDX-License-Identifier: MIT */
#include "judge/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void profile_release(struct profile *p)
{
	for (unsigned i = 0; i < p->deviations; i++) {
		free(p->deviation[i].requirement);
		free(p->deviation[i].behaviour);
		free(p->deviation[i].why);
	}
	free(p->deviation);
	free(p->name);
	free(p->summary);
	*p = (struct profile){0};
}

static bool copy_deviation(const struct deviation *d, struct deviation *out)
{
	out->requirement = strdup(d->requirement);
	out->behaviour = strdup(d->behaviour);
	out->why = strdup(d->why);
	return out->requirement && out->behaviour && out->why;
}

bool profile_copy(const struct profile *p, struct profile *out)
{
	bool good;

	*out = (struct profile){
		.name = strdup(p->name),
		.summary = strdup(p->summary),
		.deviation = calloc(p->deviations + 1, sizeof(*out->deviation)),
		.file = p->file,
		.line = p->line,
	};
	good = out->name && out->summary && out->deviation;
	for (unsigned i = 0; good && i < p->deviations; i++)
		good = copy_deviation(&p->deviation[i], &out->deviation[out->deviations++]);
	if (!good)
		profile_release(out);
	return good;
}

/* Returns true if the list joined by `+` contains the behaviour, or if the behaviour is empty. */
static bool met(const char *joined, const char *behaviour)
{
	size_t len = strlen(behaviour);

	for (const char *s = joined; *s; s += strspn(s, "+")) {
		if (strncmp(s, behaviour, len) == 0 && (!s[len] || strchr("=(+", s[len])))
			return true;
		s += strcspn(s, "+");
	}
	return !len;
}

const char *profile_why(const struct profile *p, const char *requirement, const char *behaviour)
{
	const char *why = NULL;

	for (unsigned i = 0; p && i < p->deviations; i++) {
		const struct deviation *known = &p->deviation[i];

		if (strcmp(known->requirement, requirement) == 0 &&
		    met(behaviour, known->behaviour))
			why = known->why;
	}
	return why;
}
