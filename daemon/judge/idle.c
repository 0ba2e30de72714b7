/* SPDX-License-Identifier: MIT */
/* idle: clauses on keep-alives (RFC 9293 3.8.4). */
#include "judge/clauses.h"
#include "judge/look.h"

#define TWO_HOURS (7200 * NS_PER_S)
#define LEAST     (5 * NS_PER_S) /* shorter than any keep-alive interval */

/* Returns true for a segment of at most one octet, at the last octet that the client sent, while
 * the responder's window is open. */
static bool is_keepalive(const struct arrow *a)
{
	const struct view *v = &a->before;

	return is_segment(a) &&
	       (a->seg.flags & (TCP_ACK | TCP_SYN | TCP_RST | TCP_FIN)) == TCP_ACK && v->synced &&
	       a->seg.len <= 1 && a->seg.seq == v->snd_max - 1 && v->our_window;
}

/* Returns the last segment before `a` that is not a keep-alive of the client. */
static const struct arrow *traffic_before(const struct dialog *d, const struct arrow *a)
{
	const struct arrow *last = NULL;

	for (const struct arrow *b = d->arrow; b < a; b++)
		if (is_segment(b) && !(b->in && is_keepalive(b)))
			last = b;
	return last;
}

/* Returns true if data of the client is unacknowledged. */
static bool is_waiting(const struct arrow *a)
{
	return seq_lt(a->before.una, a->before.snd_max);
}

/* Returns the first keep-alive after idle time, which is stored in *idle. */
static const struct arrow *first_keepalive(const struct dialog *d, nstime *idle)
{
	const struct arrow *a = d->open, *last;

	while (a && (a = find_in(d, a, is_keepalive, NS_NEVER))) {
		last = traffic_before(d, a);
		*idle = last ? a->when - last->when : 0;
		if (*idle > LEAST)
			return a;
	}
	return NULL;
}

static struct finding asks_late(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a, *end;
	nstime idle = 0;

	if (!d->open)
		return finding_none();
	a = first_keepalive(d, &idle);
	if (a && is_waiting(a))
		return finding_none(); /* MUST-26 judges it, and the connection is not idle */
	if (!h->asserted->keepalive)
		return a ? finding_inconclusive(REASON_NOT_NEGOTIATED, a,
						"a keep-alive after %s; the default is unknown",
						span(idle))
			 : finding_none();
	if (a && idle < TWO_HOURS - TWO_HOURS / 20)
		return finding_fail(traffic_before(d, a), a,
				    "by default, a keep-alive after %s of idle time", span(idle));
	if (a)
		return finding_pass(traffic_before(d, a), a,
				    "by default, a keep-alive after %s of idle time", span(idle));
	end = &d->arrow[d->arrows - 1];
	for (const struct arrow *b = d->open; b < end; b++)
		if (b[1].when - b->when > TWO_HOURS)
			return finding_pass(b, b + 1,
					    "by default, no keep-alive within %s of idle time",
					    span(b[1].when - b->when));
	return finding_none();
}

static struct finding asks_when_idle(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *a = d->open, *last;
	nstime idle = 0;

	if (!first_keepalive(d, &idle))
		return finding_none();
	while ((a = find_in(d, a, is_keepalive, NS_NEVER))) {
		last = traffic_before(d, a);
		if (is_waiting(a))
			return finding_fail(
				last, a, "a keep-alive while the client's data is unacknowledged");
		if (last && !last->in && last->seg.len && a->when - last->when < idle / 2)
			return finding_fail(last, a,
					    "a keep-alive %s after data arrived, instead of %s",
					    span(a->when - last->when), span(idle));
	}
	return finding_pass(NULL, first_keepalive(d, &idle),
			    "keep-alives on an idle connection only");
}

static struct finding asks_again(const struct hearing *h)
{
	const struct dialog *d = h->d;
	nstime idle = 0;
	const struct arrow *a = first_keepalive(d, &idle), *next, *answer;

	for (; a; a = find_in(d, a, is_keepalive, NS_NEVER)) {
		next = find_in(d, a, is_segment, NS_NEVER);
		answer = find_out(d, a, is_segment, next ? next->when : NS_NEVER);
		if (!next || (answer && answer < next))
			continue;
		if (next->seg.flags & (TCP_RST | TCP_FIN))
			return finding_fail(a, next,
					    "one unanswered keep-alive ends the connection");
		if (is_keepalive(next))
			return finding_pass(a, next, "an unanswered keep-alive is sent again");
	}
	return finding_none();
}

static struct finding asks_without_octets(const struct hearing *h)
{
	nstime idle = 0;
	const struct arrow *a = first_keepalive(h->d, &idle);

	if (!a)
		return finding_none();
	return finding_info(a, NULL, "the client's keep-alives carry %u octets", a->seg.len);
}

const struct requirement judge_idle[] = {
	{"MUST-25", 9293, "3.8.4", LEVEL_MUST,
	 "Keep-alives MUST be off by default, with an interval of two hours or more (MUST-28).",
	 "idle", .check = asks_late},
	{"MUST-26", 9293, "3.8.4", LEVEL_MUST,
	 "Keep-alives MUST be sent only when idle, without unacknowledged data.", "idle",
	 .check = asks_when_idle},
	{"MUST-29", 9293, "3.8.4", LEVEL_MUST,
	 "One unanswered keep-alive MUST NOT end the connection.", "idle-deaf",
	 .check = asks_again},
	{"SHLD-12", 9293, "3.8.4", LEVEL_MAY,
	 "A keep-alive SHOULD carry no data, and MAY carry one octet (MAY-6); reported only.",
	 "idle", .check = asks_without_octets},
	{0},
};
