/* SPDX-License-Identifier: MIT */
/* fastopen: clauses on Fast Open (RFC 7413): cookies, and the data of a SYN. */
#include "judge/clauses.h"
#include "judge/look.h"

#include <string.h>

#define KIND_FAST_OPEN 34
#define COOKIE_LEAST   4
#define COOKIE_MOST    16

/* Finds the cookie of the Fast Open option, whatever its length. Returns the length, or -1 without
 * such an option. */
static int cookie_of(const struct arrow *a, const uint8_t **cookie)
{
	struct option_walk w;

	option_walk_begin(&w, a->seg.opt, a->seg.opt_len);
	while (option_walk_next(&w) == OPTION_FOUND)
		if (w.kind == KIND_FAST_OPEN) {
			*cookie = w.data;
			return w.data_len;
		}
	return -1;
}

static bool is_good(int len)
{
	return len >= COOKIE_LEAST && len <= COOKIE_MOST && len % 2 == 0;
}

/* Returns this client's next connection to the same address, or NULL. */
static const struct dialog *next_of(const struct dialog *d)
{
	do
		d = d->next[COMMON_HOSTS];
	while (d && !d->syn);
	return d;
}

static struct finding uses_good_cookies(const struct hearing *h)
{
	const struct dialog *d = h->d, *next;
	const struct arrow *s = find_out(d, d->syn, is_syn_ack, NS_NEVER);
	const uint8_t *ours = NULL, *its = NULL, *asked = NULL;
	int given, used;

	if (!d->syn || cookie_of(d->syn, &asked) < 0 || !s)
		return finding_none();
	given = cookie_of(s, &ours);
	next = next_of(d);
	if (given <= 0 || !next)
		return finding_none();
	used = cookie_of(next->syn, &its);
	if (used > 0 && !is_good(given) && used == given && memcmp(ours, its, (size_t)used) == 0)
		return finding_fail(s, NULL, "the client uses a cookie of %d octets", given);
	if (used > 0 && is_good(given) && (used != given || memcmp(ours, its, (size_t)used) != 0))
		return finding_fail(s, NULL, "the client uses another cookie than it received");
	if (is_good(given) && used <= 0)
		return finding_inconclusive(REASON_NOT_NEGOTIATED, s,
					    "the client did not use the cookie");
	return finding_pass(s, NULL, "a cookie of %d octets %s", given,
			    is_good(given) ? "is used" : "is not used");
}

/* Returns the SYN if it carries data, otherwise NULL. */
static const struct arrow *syn_with_octets(const struct dialog *d)
{
	return d->syn && d->syn->seg.len ? d->syn : NULL;
}

static struct finding resends_octets_of_syn(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = syn_with_octets(d), *a;
	uint32_t from, end;

	if (!s || !d->open)
		return finding_none();
	from = d->answer->seg.ack;
	end = d->isn + 1 + s->seg.len;
	if (!seq_lt(from, end))
		return finding_pass(d->answer, d->open, "all data of the SYN was acknowledged");
	for (a = d->answer; (a = find_in(d, a, is_data, NS_NEVER));)
		if (seq_leq(a->seg.seq, from) && seq_lt(from, arrow_end(a)))
			return finding_pass(
				d->answer, a,
				"the client retransmits unacknowledged data of the SYN");
	for (a = d->answer; (a = find_in(d, a, is_spoken, NS_NEVER));)
		if (seq_lt(from, a->seg.seq) && a->when - d->answer->when > 3 * NS_PER_S)
			return finding_fail(d->answer, a, "data of the SYN is lost");
	return finding_inconclusive(REASON_TOO_SHORT, d->answer,
				    "no retransmission while the responder watched");
}

static struct finding falls_back(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const uint8_t *cookie;
	const struct arrow *again;

	if (!d->syn || (!d->syn->seg.len && cookie_of(d->syn, &cookie) < 0))
		return finding_none();
	again = find_in(d, d->syn, is_syn, NS_NEVER);
	if (!again)
		return finding_none();
	if (again->seg.len || cookie_of(again, &cookie) >= 0)
		return finding_fail(d->syn, again, "the retransmitted SYN has Fast Open, too");
	return finding_pass(d->syn, again, "the retransmitted SYN has no Fast Open");
}

static bool has_fast_open(const struct arrow *syn)
{
	const uint8_t *cookie;

	return syn->seg.len || cookie_of(syn, &cookie) >= 0;
}

/* After the loss of a SYN with Fast Open, the client's next connection must not use it. */
static struct finding remembers_failures(const struct hearing *h)
{
	const struct dialog *d = h->d, *next = next_of(d);
	const struct arrow *again;

	if (!d->syn || !has_fast_open(d->syn) || !d->open || !next)
		return finding_none();
	again = find_in(d, d->syn, is_syn, NS_NEVER);
	if (!again || d->open < again)
		return finding_none();
	if (has_fast_open(next->syn))
		return finding_fail(
			d->syn, again,
			"a SYN with Fast Open was lost; the next connection uses Fast Open");
	return finding_pass(d->syn, again,
			    "a SYN with Fast Open was lost; the next connection uses none");
}

const struct requirement judge_fastopen[] = {
	{"R7413-4.1.1", 7413, "4.1.1", LEVEL_MUST,
	 "The client MUST use a cookie only if its length is even and 4 to 16 octets.",
	 "tfo-cookie, tfo-cookie-bad", .check = uses_good_cookies},
	{"R7413-4.1.3", 7413, "4.1.3", LEVEL_SHOULD,
	 "The client SHOULD remember that Fast Open failed, and stop using it.", "tfo-blackhole",
	 .check = remembers_failures},
	{"R7413-4.2a", 7413, "4.2.1", LEVEL_MUST,
	 "The client MUST retransmit data of its SYN that was not acknowledged.",
	 "tfo-ack-syn-only, tfo-ack-part", .check = resends_octets_of_syn},
	{"R7413-4.2b", 7413, "4.2.1", LEVEL_SHOULD, "A retransmitted SYN SHOULD NOT use Fast Open.",
	 "tfo-blackhole", .check = falls_back},
	{0},
};
