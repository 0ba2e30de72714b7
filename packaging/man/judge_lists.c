/* SPDX-License-Identifier: MIT */
#include "judge_lists.h"

#include "base/text.h"
#include "judge/requirement.h"
#include "judge/unjudged.h"
#include "mdoc.h"

#include <stdlib.h>
#include <string.h>

static void begin_list(void)
{
	mdoc_macro("Bl -tag -width indent");
}

static void end_list(void)
{
	mdoc_macro("El");
}

static void list_suite(const struct suites *all, const struct suite *s)
{
	unsigned run = 0, fake = 0;
	const struct scenario *next;
	struct text t = {0};

	for (unsigned i = 0; (next = suite_scenario(all, s, i)); i++) {
		run += !next->fake;
		fake += next->fake;
	}
	mdoc_macro("It Cm %s", s->name);
	mdoc_text(s->summary);
	text_addf(&t, "%u scenarios", run);
	if (fake)
		text_addf(&t, ", and %u that take hours", fake);
	mdoc_text(text_str(&t));
	text_free(&t);
}

void judge_list_suites(const struct config *c)
{
	begin_list();
	for (unsigned i = 0; i < c->suites.count; i++)
		list_suite(&c->suites, &c->suites.suite[i]);
	end_list();
}

void judge_list_profiles(const struct config *c)
{
	begin_list();
	for (unsigned i = 0; i < c->profiles; i++) {
		mdoc_macro("It Cm %s", c->profile[i].name);
		mdoc_text(c->profile[i].summary);
	}
	end_list();
}

void judge_list_clauses(const struct config *c)
{
	const struct requirement *r;

	(void)c;
	begin_list();
	for (unsigned i = 0; (r = requirement_at(i)); i++) {
		char *head = xasprintf("RFC %u %s:", r->rfc, r->section);

		mdoc_macro("It Cm %s", r->id);
		mdoc_text(head);
		mdoc_text(r->text);
		free(head);
	}
	end_list();
}

/* The reasons are few: each is printed once, with its clauses. */
static bool is_first_of_its_reason(unsigned number)
{
	const char *why = unjudgeable_at(number)->why;

	for (unsigned i = 0; i < number; i++)
		if (strcmp(unjudgeable_at(i)->why, why) == 0)
			return false;
	return true;
}

static void list_reason(const char *why)
{
	const struct unjudgeable *u;
	struct text t = {0};

	for (unsigned i = 0; (u = unjudgeable_at(i)); i++)
		if (strcmp(u->why, why) == 0)
			text_addf(&t, "%s%s", t.len ? ", " : "", u->id);
	text_addf(&t, ": %s", why);
	mdoc_macro("It");
	mdoc_text(text_str(&t));
	text_free(&t);
}

void judge_list_unjudged(const struct config *c)
{
	const struct unjudgeable *u;

	(void)c;
	mdoc_macro("Bl -bullet");
	for (unsigned i = 0; (u = unjudgeable_at(i)); i++)
		if (is_first_of_its_reason(i))
			list_reason(u->why);
	end_list();
}
