/* SPDX-License-Identifier: MIT */
/* errors: clauses on the effect of ICMP errors on an attempt and on a connection: RFC 9293 3.9.2.2,
 * RFC 5927. */
#include "judge/clauses.h"
#include "judge/look.h"

#include <string.h>

#define STOPPED (5 * NS_PER_S) /* the SYN would have been retransmitted within this time */
#define AT_ONCE (NS_PER_S / 5) /* shorter than any timer */
#define SOON    (4 * NS_PER_S) /* within it, a program that gives up does so because of the error */

static bool is_named(const struct arrow *s, const char *const *names)
{
	for (; is_error(s) && *names; names++)
		if (strcmp(s->icmp, *names) == 0)
			return true;
	return false;
}

/* Returns true if the error quotes a segment that the client sent. */
static bool quotes_right(const struct dialog *d, const struct arrow *s)
{
	return seq_leq(s->before.una, s->icmp_seq) && seq_leq(s->icmp_seq, s->before.snd_max) &&
	       d->has_syn;
}

static const struct arrow *find_error(const struct dialog *d, const char *const *names, bool right,
				      bool synced)
{
	const struct arrow *s = NULL;

	while ((s = arrow_next(d, s)))
		if (is_named(s, names) && quotes_right(d, s) == right && s->before.synced == synced)
			return s;
	return NULL;
}

/* Returns the segment with which the attempt continues: a retransmitted SYN, unless it crossed the
 * error, or the ACK that opens. Returns NULL if there is none. */
static const struct arrow *goes_on(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = s;

	if (d->open > s)
		return d->open;
	while ((a = find_in(d, a, is_syn, NS_NEVER)))
		if (a->when - s->when >= slack(d, s))
			return a;
	return NULL;
}

/* Returns the client's reset of the SYN-ACK, which shows that the client gave up; or NULL. */
static const struct arrow *gave_up(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *answer = find_out(d, s, is_syn_ack, s->when + SOON), *rst;

	rst = answer ? find_answering_reset(d, answer) : NULL;
	return rst && rst->seg.seq == answer->seg.ack ? rst : NULL;
}

static const char *const hard[] = {"port-unreachable", "protocol-unreachable", NULL};
static const char *const soft[] = {"net-unreachable", "host-unreachable", "time-exceeded",
				   "parameter-problem", NULL};
static const char *const quench[] = {"source-quench", NULL};
static const char *const any[] = {"port-unreachable",
				  "protocol-unreachable",
				  "net-unreachable",
				  "host-unreachable",
				  "admin-prohibited",
				  "time-exceeded",
				  "parameter-problem",
				  "too-big",
				  NULL};

static struct finding must_go_on(const struct hearing *h, const char *const *names,
				 const char *what)
{
	const struct dialog *d = h->d;
	const struct arrow *s = find_error(d, names, true, false), *a;

	if (!s)
		return finding_none();
	a = gave_up(d, s);
	if (a)
		return finding_fail(s, a, "%s ends the attempt", what);
	a = goes_on(d, s);
	if (a)
		return finding_pass(s, a, "%s does not end the attempt", what);
	if (h->asserted->patience > STOPPED && d->watched - s->when > STOPPED)
		return finding_by_absence(finding_fail(s, NULL, "%s ends the attempt", what));
	return finding_inconclusive(REASON_APP_TIMEOUT, s, "no SYN after %s", what);
}

static struct finding bears_soft_errors(const struct hearing *h)
{
	return must_go_on(h, soft, "a soft error");
}

/* A source quench must not end a connection either. (Its effect on the rate is not visible.) */
static struct finding ignores_quench(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = find_error(d, quench, true, true), *a;

	if (!s)
		return must_go_on(h, quench, "a source quench");
	a = find_in(d, s, is_rst, s->when + slack(d, s));
	if (a && !a->before.our_reset)
		return finding_fail(s, a, "a source quench ends the connection");
	a = find_alive(d, s);
	return a ? finding_pass(s, a, "a source quench does not end the connection")
		 : finding_inconclusive(REASON_CLOSED, s, "no segment after a source quench");
}

static struct finding heeds_hard_errors(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = find_error(d, hard, true, false), *a;

	if (!s)
		return finding_none();
	a = goes_on(d, s);
	if (a)
		return finding_fail(s, a, "a hard error does not end the attempt");
	if (d->watched - s->when > STOPPED)
		return finding_by_absence(finding_pass(s, NULL, "a hard error ends the attempt"));
	return finding_inconclusive(REASON_TOO_SHORT, s, "watched for only %s after a hard error",
				    span(d->watched - s->when));
}

/* Returns true if the quoted data is retransmitted at once in a shorter segment. */
static bool makes_shorter(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = NULL;
	uint32_t len = 0;

	while ((a = find_in(d, a, is_data, s->when + AT_ONCE))) {
		if (a->seg.seq != s->icmp_seq)
			continue;
		if (a > s && a->seg.len < len)
			return true;
		len = a->seg.len;
	}
	return false;
}

/* Returns true if the error had a visible effect. */
static bool has_effect(const struct dialog *d, const struct arrow *s)
{
	if (s->before.synced)
		return is_too_big(s) && makes_shorter(d, s);
	return gave_up(d, s) || (!goes_on(d, s) && d->watched - s->when > STOPPED);
}

static struct finding acts_on_errors(const struct hearing *h)
{
	const struct arrow *hard_one = NULL, *s;
	unsigned tried = 0;

	for (const struct dialog *d = h->client->first; d; d = d->next[COMMON_CLIENT]) {
		for (s = NULL; (s = arrow_next(d, s));) {
			if (!is_named(s, any) || !quotes_right(d, s))
				continue;
			if (has_effect(d, s))
				return finding_pass(d == h->d ? s : NULL, NULL,
						    "ICMP %s has an effect", s->icmp);
			if (is_named(s, hard) && !s->before.synced)
				hard_one = d == h->d ? s : hard_one;
			tried |= is_named(s, hard) && !s->before.synced;
			break; /* after several errors, the program may have given up */
		}
	}
	if (!tried)
		return finding_none();
	if (h->asserted->on_link)
		return finding_fail(hard_one, NULL, "no ICMP message has any effect");
	return finding_inconclusive(REASON_FILTERED, hard_one, "no ICMP message has any effect");
}

static struct finding checks_quotes(const struct hearing *h)
{
	const struct dialog *d = h->d;
	const struct arrow *s = find_error(d, any, false, false), *a;

	if (!s)
		s = find_error(d, any, false, true);
	if (!s)
		return finding_none();
	if (s->before.synced) {
		a = find_alive(d, s);
		return a ? finding_pass(s, a,
					"an error that quotes a segment never sent is ignored")
			 : finding_inconclusive(
				   REASON_CLOSED, s,
				   "no segment after an error that quotes a segment never sent");
	}
	a = gave_up(d, s);
	if (a)
		return finding_fail(s, a,
				    "an error that quotes a segment never sent ends the attempt");
	a = goes_on(d, s);
	if (a)
		return finding_pass(s, a, "an error that quotes a segment never sent is ignored");
	if (h->asserted->patience > STOPPED && d->watched - s->when > STOPPED)
		return finding_by_absence(finding_fail(
			s, NULL, "an error that quotes a segment never sent ends the attempt"));
	return finding_inconclusive(REASON_APP_TIMEOUT, s,
				    "no SYN after an error that quotes a segment never sent");
}

const struct requirement judge_errors[] = {
	{"MUST-54", 9293, "3.9.2.2", LEVEL_MUST, "The client MUST act on ICMP errors.", "icmp-port",
	 .check = acts_on_errors, .of_client = true},
	{"MUST-55", 9293, "3.9.2.2", LEVEL_MUST,
	 "The client MUST discard ICMP source quench messages.", "icmp-quench",
	 .check = ignores_quench},
	{"MUST-56", 9293, "3.9.2.2", LEVEL_MUST,
	 "A soft ICMP error MUST NOT end an attempt, although it does in many stacks (RFC 5461).",
	 "icmp-then-accept, icmp-net, icmp-host, icmp-ttl", .check = bears_soft_errors},
	{"SHLD-26", 9293, "3.9.2.2", LEVEL_SHOULD, "A hard ICMP error SHOULD end an attempt.",
	 "icmp-port, icmp-proto", .check = heeds_hard_errors},
	{"R5927-4", 5927, "4", LEVEL_SHOULD,
	 "The client SHOULD ignore ICMP errors that quote a segment it never sent.",
	 "icmp-bad-quote", .check = checks_quotes},
	{0},
};
