/* SPDX-License-Identifier: MIT */
#include "judge/judge.h"
#include "judge/look.h"

#include "base/text.h"

#include <stdio.h>
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

static bool is_bad(enum result r)
{
	return r == RESULT_FAIL || r == RESULT_WARN;
}

/* One of the client's that decides came from farther or nearer than its SYN: a device between us
 * may have said it. (What a proxy ends is all its own: nobody can see that.) */
static bool is_by_another(const struct dialog *d, const struct finding *f)
{
	for (unsigned i = 0; i < f->arrows; i++) {
		const struct arrow *a = f->arrow[i];

		if (a->in && a->decoded == WIRE_OK && d->syn && a->seg.ttl != d->syn->seg.ttl)
			return true;
	}
	return false;
}

#define ABORTS_MOST 3 /* one connection of so many ends otherwise */

/* The client's reset decides, and is an abort, as those are by which it ends two connections of
 * three, whatever it meets: that is how its program closes. */
static bool is_its_way(const struct dialogs *all, const struct dialog *d, const struct finding *f)
{
	unsigned opened = 0, aborted = 0;
	bool decides = false;

	for (unsigned i = 0; i < f->arrows; i++)
		decides |= f->arrow[i] == d->abort;
	for (unsigned i = 0; decides && d->abort && i < all->count; i++) {
		const struct dialog *o = &all->dialog[i];

		if (o == d || !o->open || !addr_equal(&o->copy.key.client, &d->copy.key.client))
			continue;
		opened++;
		aborted += o->abort != NULL;
	}
	return decides && d->abort && opened && aborted >= opened - opened / ABORTS_MOST;
}

/* The client's reset decides, and comes behind its FIN, with octets of ours that it did not take:
 * its program may have closed both ways, and what comes then is reset (RFC 9293 3.6.1). */
static bool is_by_its_close(const struct dialog *d, const struct finding *f)
{
	for (unsigned i = 0; i < f->arrows; i++) {
		const struct arrow *a = f->arrow[i], *s = NULL;

		while (a->in && is_rst(a) && a->before.fin &&
		       (s = find_out(d, s, is_data, a->when)) && s < a)
			if (seq_lt(a->before.rcv_nxt, s->seg.seq + s->seg.len))
				return true;
	}
	return false;
}

/* Did the safety rules keep back a segment of ours, up to the last deciding arrow; of what rests on
 * something that did not come, at any time? The client may have done what it did for want of it. */
static bool is_for_want_of_ours(const struct dialog *d, const struct finding *f)
{
	const struct arrow *a = NULL, *end = NULL;

	for (unsigned i = 0; i < f->arrows && !f->absence; i++)
		if (!end || end < f->arrow[i])
			end = f->arrow[i];
	while ((a = arrow_next(d, a)) && (!end || a <= end))
		if (!a->in && a->record->fate == FATE_REFUSED)
			return true;
	return false;
}

/* In place of what was found: why it cannot count. */
static void overrule(struct verdict *v, enum result result, enum reason reason, const char *why)
{
	char found[FINDING_WORDS];

	memcpy(found, v->finding.words, sizeof(found));
	v->result = result;
	v->finding.reason = reason;
	snprintf(v->finding.words, sizeof(v->finding.words), "%.60s: %.130s", why, found);
}

/* Is the behaviour one of those that `+` joins in what the connection met? */
static bool met(const struct dialog *d, const char *behaviour)
{
	size_t len = strlen(behaviour);

	for (const char *s = d->behaviour; *s; s += strspn(s, "+")) {
		if (strncmp(s, behaviour, len) == 0 && (!s[len] || strchr("=(+", s[len])))
			return true;
		s += strcspn(s, "+");
	}
	return !len;
}

/* Why this TCP does so, or NULL: its profile does not say that it would. */
static const char *known_of(const struct verdict *v, const struct profile *p)
{
	const char *why = NULL;

	for (unsigned i = 0; p && i < p->deviations; i++) {
		const struct deviation *known = &p->deviation[i];

		if (strcmp(known->requirement, v->requirement->id) == 0 &&
		    met(v->dialog, known->behaviour))
			why = known->why;
	}
	return why;
}

static void decide(struct verdict *v, const struct hearing *h, const struct judge_rules *rules)
{
	const struct dialog *d = h->d;
	const struct finding *f = &v->finding;
	nstime begin = d->arrows ? d->arrow[0].when : 0;
	nstime end = d->settled ? d->settled_at : d->watched;
	char words[80];

	v->result = f->result == RESULT_FAIL ? by_level(v->requirement->level) : f->result;
	v->late = lateness(d, f);
	v->known = known_of(v, rules->profile);
	if (f->absence && dialogs_lost(h->all, begin, end)) {
		overrule(v, RESULT_INCONCLUSIVE, REASON_CAPTURE_LOSS, "frames were lost meanwhile");
	} else if (f->absence && d->copy.cut) {
		overrule(v, RESULT_INCONCLUSIVE, REASON_CAPTURE_LOSS,
			 "there was more than is kept of a connection");
	} else if ((f->absence || is_bad(v->result)) && is_for_want_of_ours(d, f)) {
		overrule(v, RESULT_INCONCLUSIVE, REASON_OVER_BUDGET,
			 "segments of ours were kept back");
	} else if ((f->timed || f->absence) && is_bad(v->result) && v->late > rules->tolerance) {
		snprintf(words, sizeof(words), "our own segments were up to %lld ms late",
			 (long long)(v->late / NS_PER_MS));
		overrule(v, RESULT_ERROR, REASON_NONE, words);
	} else if (is_bad(v->result) && v->known) {
		v->result = RESULT_KNOWN; /* nobody else needs to be suspected */
	} else if (is_bad(v->result) && is_by_another(d, f)) {
		overrule(v, RESULT_INCONCLUSIVE, REASON_MIDDLEBOX,
			 "it has another TTL than the SYN");
	} else if (is_bad(v->result) && is_its_way(h->all, d, f)) {
		overrule(v, RESULT_INCONCLUSIVE, REASON_APP_TIMEOUT,
			 "most of its connections end by a reset");
	} else if (is_bad(v->result) && is_by_its_close(d, f)) {
		overrule(v, RESULT_INCONCLUSIVE, REASON_CLOSED,
			 "it had closed, and may reset what comes then");
	}
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
