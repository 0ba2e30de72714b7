/* SPDX-License-Identifier: MIT */
#include "judge/judge.h"

#include "judge/look.h"
#include "judge/overrule.h"

#include <stdlib.h>

/* How late we were with what came up to the last deciding arrow; without one, with all of it. */
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
	size_t room = out->count ? 2 * (size_t)out->count : 1;
	struct verdict *larger = out->verdict;

	if (!(out->count & (out->count - 1)))
		larger = realloc(out->verdict, room * sizeof(*larger));
	if (!larger)
		return false;
	out->verdict = larger;
	out->verdict[out->count++] = *v;
	return true;
}

bool verdicts_make(struct verdicts *out, const struct dialogs *all, const struct judge_rules *rules)
{
	*out = (struct verdicts){0};
	for (unsigned i = 0; i < all->count; i++) {
		struct hearing h = {&all->dialog[i], all, &rules->asserted};
		const struct requirement *r;

		for (unsigned n = 0; (r = requirement_at(n)); n++) {
			struct verdict v = {.requirement = r, .dialog = h.d};

			if (r->of_client && !h.d->first)
				continue;
			v.finding = r->check(&h);
			if (v.finding.result == RESULT_NONE)
				continue;
			decide(&v, &h, rules);
			if (!add(out, &v)) {
				verdicts_free(out);
				return false;
			}
		}
	}
	return true;
}

void verdicts_free(struct verdicts *v)
{
	free(v->verdict);
	*v = (struct verdicts){0};
}
