/* SPDX-License-Identifier: MIT */
#include "judge/judge.h"

#include "judge/history.h"
#include "judge/look.h"
#include "judge/overrule.h"

#include <stdlib.h>

/* Returns the maximum delay of the responder's segments up to the last deciding arrow, or of all
 * segments if there is none. */
static nstime lateness(const struct dialog *d, const struct finding *f)
{
	const struct arrow *a = NULL, *end = NULL;
	nstime late = 0;

	for (unsigned i = 0; i < f->arrows; i++)
		if (!end || end < f->arrow[i])
			end = f->arrow[i];
	while ((a = arrow_next(d, a)) && (!end || a <= end))
		if (arrow_late(a) > late)
			late = arrow_late(a);
	return late;
}

static enum result by_level(enum level level)
{
	return level == LEVEL_MUST     ? RESULT_FAIL
	       : level == LEVEL_SHOULD ? RESULT_WARN
				       : RESULT_INFO;
}

static void decide(struct verdict *v, const struct hearing *h, const struct judge_rules *rules)
{
	const struct finding *f = &v->finding;

	v->result = f->result == RESULT_FAIL ? by_level(v->requirement->level) : f->result;
	v->late = lateness(h->d, f);
	v->known = profile_why(rules->profile, v->requirement->id, h->d->behaviour);
	overrule(v, h, rules);
}

static bool add(struct verdicts *out, const struct verdict *v)
{
	struct verdict *larger = out->verdict;

	if (out->count == out->room) {
		out->room = out->room ? 2 * out->room : 64;
		larger = realloc(out->verdict, out->room * sizeof(*larger));
	}
	if (!larger)
		return false;
	out->verdict = larger;
	out->verdict[out->count++] = *v;
	return true;
}

bool judgment_begin(struct judgment *j, const struct dialogs *all, const struct judge_rules *rules)
{
	unsigned clauses = 0;

	while (requirement_at(clauses))
		clauses++;
	*j = (struct judgment){.all = all,
			       .rules = rules,
			       .histories = histories_make(all),
			       .clause = calloc(clauses + 1, sizeof(*j->clause))};
	for (unsigned i = 0; j->clause && i < clauses; i++)
		j->clause[i] = requirement_at(i);
	return j->histories && j->clause;
}

void judgment_end(struct judgment *j)
{
	free(j->histories);
	free(j->clause);
	*j = (struct judgment){0};
}

bool judgment_of(const struct judgment *j, const struct dialog *d, const bool *stop,
		 struct verdicts *out)
{
	const struct hearing h = {d, j->all, &j->histories[d->client], &j->rules->asserted};
	const struct requirement *r;

	for (unsigned n = 0; (r = j->clause[n]) && !is_stopped(stop); n++) {
		struct verdict v = {.requirement = r, .dialog = d};

		if (r->of_client && !d->first)
			continue;
		v.finding = r->check(&h);
		if (v.finding.result == RESULT_NONE)
			continue;
		decide(&v, &h, j->rules);
		if (!add(out, &v))
			return false;
	}
	return true;
}

bool verdicts_make(struct verdicts *out, const struct dialogs *all, const struct judge_rules *rules)
{
	struct judgment j;
	bool good = judgment_begin(&j, all, rules);

	*out = (struct verdicts){0};
	for (unsigned i = 0; i < all->count && good; i++)
		good = judgment_of(&j, &all->dialog[i], NULL, out);
	if (!good)
		verdicts_free(out);
	judgment_end(&j);
	return good;
}

void verdicts_free(struct verdicts *v)
{
	free(v->verdict);
	*v = (struct verdicts){0};
}
