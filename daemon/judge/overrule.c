/* SPDX-License-Identifier: MIT */
#include "judge/overrule.h"

#include "base/container.h"
#include "judge/look.h"
#include "wire/packet_decode.h"

#include <stdio.h>
#include <string.h>

#define ABORTS_MOST 3 /* one connection of so many ends otherwise */

/* A verdict under way: the finding, and everything that may speak against it. */
struct plea {
	const struct verdict *v;
	const struct hearing *h;
	const struct judge_rules *rules;
};

static bool is_bad(enum result r)
{
	return r == RESULT_FAIL || r == RESULT_WARN;
}

/* Frames of the connection were lost, so what did not come may have come. */
static bool is_with_lost_frames(const struct plea *p)
{
	const struct dialog *d = p->h->d;
	nstime begin = d->arrows ? d->arrow[0].when : 0;
	nstime end = d->settled ? d->settled_at : d->watched;

	return p->v->finding.absence && dialogs_lost(p->h->all, begin, end);
}

/* The copy of the trace ended before the connection did. */
static bool is_of_cut_trace(const struct plea *p)
{
	return p->v->finding.absence && p->h->d->copy.cut;
}

/* It rests on a time, or on what did not come in time, and our segments were late. */
static bool is_for_our_lateness(const struct plea *p)
{
	const struct finding *f = &p->v->finding;

	return (f->timed || f->absence) && p->v->late > p->rules->tolerance;
}

static bool is_known(const struct plea *p)
{
	return p->v->known;
}

/* One of the client's that decides came from farther or nearer than its SYN: a device between us
 * may have said it. (What a proxy ends is all its own, which cannot be seen.) */
static bool is_by_another(const struct plea *p)
{
	const struct dialog *d = p->h->d;
	const struct finding *f = &p->v->finding;

	for (unsigned i = 0; i < f->arrows; i++) {
		const struct arrow *a = f->arrow[i];

		if (a->in && a->decoded == WIRE_OK && d->syn && a->seg.ttl != d->syn->seg.ttl)
			return true;
	}
	return false;
}

/* The client's reset decides, and is an abort, as those are by which it ends two connections of
 * three, whatever it meets: that is how its program closes. */
static bool is_its_way(const struct plea *p)
{
	const struct client_history *all = p->h->client;
	const struct dialog *d = p->h->d;
	const struct finding *f = &p->v->finding;
	unsigned opened = all->opened - (d->open != NULL);
	unsigned aborted = all->aborted - (d->open && d->abort);
	bool decides = false;

	for (unsigned i = 0; i < f->arrows; i++)
		decides |= f->arrow[i] == d->abort;
	return decides && d->abort && opened && aborted >= opened - opened / ABORTS_MOST;
}

/* The client's reset decides, and comes behind its FIN, with octets of ours that it did not take:
 * its program may have closed both ways, and what comes then is reset (RFC 9293 3.6.1). */
static bool is_by_its_close(const struct plea *p)
{
	const struct dialog *d = p->h->d;
	const struct finding *f = &p->v->finding;

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
static bool is_for_want_of_ours(const struct plea *p)
{
	const struct dialog *d = p->h->d;
	const struct finding *f = &p->v->finding;
	const struct arrow *a = NULL, *end = NULL;

	if (!f->absence && !is_bad(p->v->result))
		return false;
	for (unsigned i = 0; i < f->arrows && !f->absence; i++)
		if (!end || end < f->arrow[i])
			end = f->arrow[i];
	while ((a = arrow_next(d, a)) && (!end || a <= end))
		if (!a->in && a->record->fate == FATE_REFUSED)
			return true;
	return false;
}

/*
 * The first row that applies counts. A row of a fault is asked only about a FAIL or a WARN. `why`
 * is printed with how late we were, in ms; NULL: the finding's words stand.
 */
static const struct {
	bool (*applies)(const struct plea *p);
	bool of_fault;
	enum result result;
	enum reason reason;
	const char *why;
} rows[] = {
	{is_with_lost_frames, false, RESULT_INCONCLUSIVE, REASON_CAPTURE_LOSS, "frames were lost"},
	{is_of_cut_trace, false, RESULT_INCONCLUSIVE, REASON_CAPTURE_LOSS,
	 "the trace of the connection is cut"},
	{is_for_want_of_ours, false, RESULT_INCONCLUSIVE, REASON_OVER_BUDGET,
	 "segments of the responder were withheld"},
	{is_for_our_lateness, true, RESULT_ERROR, REASON_NONE,
	 "the responder's segments were up to %lld ms late"},
	{is_known, true, RESULT_KNOWN, REASON_NONE, NULL}, /* nothing else is suspected */
	{is_by_another, true, RESULT_INCONCLUSIVE, REASON_MIDDLEBOX,
	 "the segment's TTL differs from the SYN's"},
	{is_its_way, true, RESULT_INCONCLUSIVE, REASON_APP_TIMEOUT,
	 "most connections of the client end with a reset"},
	{is_by_its_close, true, RESULT_INCONCLUSIVE, REASON_CLOSED,
	 "the client had closed, and may reset later data"},
};

void overrule(struct verdict *v, const struct hearing *h, const struct judge_rules *rules)
{
	const struct plea plea = {v, h, rules};
	char found[FINDING_WORDS], why[80];
	size_t i = 0;

	while (i < COUNT_OF(rows) &&
	       ((rows[i].of_fault && !is_bad(v->result)) || !rows[i].applies(&plea)))
		i++;
	if (i == COUNT_OF(rows))
		return;
	v->result = rows[i].result;
	if (!rows[i].why)
		return;
	v->finding.reason = rows[i].reason;
	memcpy(found, v->finding.words, sizeof(found));
	snprintf(why, sizeof(why), rows[i].why, (long long)(v->late / NS_PER_MS));
	snprintf(v->finding.words, sizeof(v->finding.words), "%.60s: %.130s", why, found);
}
