/* SPDX-License-Identifier: MIT */
/* clients: clauses that need several connections of a client: ISNs and timestamp clocks. */
#include "judge/clauses.h"
#include "judge/look.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES_LEAST 20
#define SAMPLES_MOST  1000
#define NEAR          (1 << 20) /* some seconds of a clock with 250,000 ticks a second */
#define MOST_OF(n)    ((n) - (n) / 10)

/* Collects the first SYN of each attempt of this client, in order. */
static unsigned syns_of(const struct hearing *h, const struct arrow **out, unsigned most)
{
	const struct dialog *d = h->client->first;
	unsigned n = 0;

	for (; d && n < most; d = d->next[COMMON_CLIENT])
		if (d->syn)
			out[n++] = d->syn;
	return n;
}

/* Returns `a` if it belongs to this dialog, otherwise NULL: the ladder cannot show arrows of
 * another dialog. */
static const struct arrow *own(const struct hearing *h, const struct arrow *a)
{
	return a >= h->d->arrow && a < h->d->arrow + h->d->arrows ? a : NULL;
}

static struct finding chooses_isns(const struct hearing *h)
{
	const struct arrow *syn[SAMPLES_MOST];
	unsigned n = syns_of(h, syn, SAMPLES_MOST), same = 0, near = 0;
	struct finding f;

	for (unsigned i = 0; i + 1 < n; i++) {
		int32_t step = (int32_t)(syn[i + 1]->seg.seq - syn[i]->seg.seq);

		same += step == 0;
		near += step > -NEAR && step < NEAR;
	}
	if (n < SAMPLES_LEAST)
		f = n ? finding_inconclusive(REASON_TOO_SHORT, h->d->syn,
					     "%u connections are too few to decide", n)
		      : finding_none();
	else if (same >= MOST_OF(n - 1))
		f = finding_fail(h->d->syn, NULL, "%u of %u connections have the same ISN",
				 same + 1, n);
	else if (near >= MOST_OF(n - 1))
		f = finding_warn(h->d->syn, NULL,
				 "%u of %u connections have an ISN near the previous one", near + 1,
				 n);
	else
		f = finding_pass(h->d->syn, NULL, "the ISNs of %u connections are unrelated", n);
	return f;
}

/* Compares each TSval with the clock's advance since the previous SYN. If one clock serves all
 * connections, both agree. */
static struct finding offsets_clocks(const struct hearing *h)
{
	const struct arrow *syn[SAMPLES_MOST];
	unsigned n = syns_of(h, syn, SAMPLES_MOST), stamped = 0, one = 0;
	const struct arrow *before = NULL;
	struct finding f;

	for (unsigned i = 0; i < n; i++) {
		if (!syn[i]->options.has_ts)
			continue;
		stamped++;
		if (before) {
			nstime ms = (syn[i]->when - before->when) / NS_PER_MS;
			int32_t step = (int32_t)(syn[i]->options.ts_val - before->options.ts_val);

			one += step >= 0 && step <= ms + 2000;
		}
		before = syn[i];
	}
	if (stamped < SAMPLES_LEAST)
		f = stamped ? finding_inconclusive(REASON_TOO_SHORT, h->d->syn,
						   "%u connections are too few to decide", stamped)
			    : finding_inconclusive(REASON_NOT_NEGOTIATED, h->d->syn,
						   "no timestamps");
	else if (one >= MOST_OF(stamped - 1))
		f = finding_fail(h->d->syn, NULL, "all connections share one timestamp clock");
	else
		f = finding_pass(h->d->syn, NULL,
				 "%u connections, each with its own timestamp offset", stamped);
	return f;
}

/* For the next connection with the same addresses and ports, the ISN must be above the last
 * sequence number, or the timestamp must be later. */
static struct finding reuses_well(const struct hearing *h)
{
	const struct dialog *d = h->d, *o = d;

	if (!d->open)
		return finding_none();
	while ((o = o->next[COMMON_ENDS])) {
		uint32_t last = d->after.snd_max;
		const struct arrow *a, *stamped = NULL;

		if (!o->syn)
			continue;
		for (a = NULL; (a = find_in(d, a, is_segment, NS_NEVER));)
			stamped = a->options.has_ts ? a : stamped;
		if (stamped && o->syn->options.has_ts &&
		    seq_lt(stamped->options.ts_val, o->syn->options.ts_val))
			return finding_pass(
				stamped, NULL,
				"the next connection with these ports has a later timestamp");
		if (seq_lt(last, o->isn))
			return finding_pass(
				own(h, d->syn), NULL,
				"the next connection with these ports has a higher ISN");
		return finding_fail(own(h, d->syn), NULL,
				    "the next connection with these ports has neither a higher ISN "
				    "nor a later timestamp");
	}
	return finding_none();
}

const struct requirement judge_clients[] = {
	{"MUST-8", 9293, "3.4.1", LEVEL_MUST,
	 "The client MUST take ISNs from a clock, and SHOULD make them unpredictable (SHLD-1).",
	 "accept, refuse", .check = chooses_isns, .of_client = true},
	{"R7323-7", 7323, "7.1", LEVEL_SHOULD,
	 "Each connection's timestamps SHOULD have a random offset.", "accept",
	 .check = offsets_clocks, .of_client = true},
	{"R6191-1", 6191, "2", LEVEL_SHOULD,
	 "A connection that reuses ports SHOULD have a later timestamp or a higher ISN.",
	 "port-reuse", .check = reuses_well},
	{0},
};
