/* SPDX-License-Identifier: MIT */
#include "judge/overrule.h"

#include "base/container.h"
#include "judge/look.h"
#include "wire/packet_decode.h"

#include <stdio.h>
#include <string.h>

#define ABORTS_MOST 3 /* at most one connection in this many may end otherwise */

/* A verdict in progress: its finding, and the facts that may overrule it. */
struct plea {
	const struct verdict *v;
	const struct hearing *h;
	const struct judge_rules *rules;
};

static bool is_bad(enum result r)
{
	return r == RESULT_FAIL || r == RESULT_WARN;
}

/* The finding depends on an absence, and frames were lost: the segment may have been sent. */
static bool is_with_lost_frames(const struct plea *p)
{
	const struct dialog *d = p->h->d;
	nstime begin = d->arrows ? d->arrow[0].when : 0;
	nstime end = d->settled ? d->settled_at : d->watched;

	return p->v->finding.absence && dialogs_lost(p->h->all, begin, end);
}

/* The finding depends on an absence, and the copy of the trace ends before the connection. */
static bool is_of_cut_trace(const struct plea *p)
{
	return p->v->finding.absence && p->h->d->copy.cut;
}

/* The finding depends on a time or on an absence, and the responder's segments were late. */
static bool is_for_our_lateness(const struct plea *p)
{
	const struct finding *f = &p->v->finding;

	return (f->timed || f->absence) && p->v->late > p->rules->tolerance;
}

static bool is_known(const struct plea *p)
{
	return p->v->known;
}

/* A deciding segment of the client has another TTL than its SYN: a device on the path may have sent
 * it. (A proxy that ends connections on behalf of the client cannot be detected.) */
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

/* The deciding segment is an abort of the client, and the client ends two connections of three by
 * an abort, under any behaviour: its program closes that way. */
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

/* The deciding segment is a reset of the client after its FIN, and data of the responder is
 * unacknowledged. The client's program may have closed both directions, and its TCP resets data
 * that arrives later (RFC 9293 3.6.1). */
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

/* The safety bounds withheld a segment of the responder before the last deciding arrow; at any
 * time, if the finding depends on an absence. The client may have acted differently with that
 * segment. */
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

/* The first row that applies counts. A row `of_fault` applies only to a FAIL or a WARN. `why` is
 * printed with the responder's delay in ms. If it is NULL, the text of the finding remains. */
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
	{is_known, true, RESULT_KNOWN, REASON_NONE, NULL}, /* other causes are not considered */
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
