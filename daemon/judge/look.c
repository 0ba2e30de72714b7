/* SPDX-License-Identifier: MIT */
#include "judge/look.h"

#include "wire/packet_decode.h"

#include <stdio.h>
#include <string.h>

#define SLACK_LEAST (5 * NS_PER_MS)
#define KIND_MD5    19
#define KIND_AO     29
#define THROTTLE    (600 * NS_PER_MS) /* Linux sends at most one such ACK in 500 ms */

bool is_segment(const struct arrow *a)
{
	return a->wire && a->decoded == WIRE_OK && a->sound;
}

static uint8_t kind_of(const struct arrow *a)
{
	return a->seg.flags & (TCP_SYN | TCP_ACK | TCP_RST);
}

bool is_syn(const struct arrow *a)
{
	return is_segment(a) && kind_of(a) == TCP_SYN;
}

bool is_syn_ack(const struct arrow *a)
{
	return is_segment(a) && kind_of(a) == (TCP_SYN | TCP_ACK);
}

bool is_rst(const struct arrow *a)
{
	return is_segment(a) && a->seg.flags & TCP_RST;
}

bool is_ack(const struct arrow *a)
{
	return is_segment(a) && kind_of(a) == TCP_ACK && !(a->seg.flags & TCP_FIN) && !a->seg.len;
}

bool is_data(const struct arrow *a)
{
	return is_segment(a) && !(a->seg.flags & (TCP_SYN | TCP_RST)) && a->seg.len;
}

bool is_fin(const struct arrow *a)
{
	return is_segment(a) && (a->seg.flags & (TCP_FIN | TCP_RST)) == TCP_FIN;
}

bool is_spoken(const struct arrow *a)
{
	return is_segment(a) && kind_of(a) & TCP_ACK && !(a->seg.flags & TCP_RST);
}

bool has_unknown_option(const struct arrow *a)
{
	struct option_walk w;

	option_walk_begin(&w, a->seg.opt, a->seg.opt_len);
	while (!a->options.malformed && option_walk_next(&w) == OPTION_FOUND) {
		switch (w.kind) {
		case OPT_EOL:
		case OPT_NOP:
		case OPT_MSS:
		case OPT_WSCALE:
		case OPT_SACK_PERMITTED:
		case OPT_SACK:
		case OPT_TIMESTAMPS:
		case OPT_FAST_OPEN:
		case KIND_MD5: /* a TCP that supports it may reject it: RFC 2385 */
		case KIND_AO: break;
		default: return true;
		}
	}
	return false;
}

uint32_t default_mss(const struct dialog *d)
{
	return d->v4 ? 536 : 1220;
}

uint32_t full_segment(const struct dialog *d)
{
	uint32_t ours = d->mss ? d->mss : default_mss(d);

	return d->syn && d->syn->options.has_mss && d->syn->options.mss < ours ? d->syn->options.mss
									       : ours;
}

uint32_t arrow_end(const struct arrow *a)
{
	return a->seg.seq + segment_seq_len(&a->seg);
}

static const struct arrow *find(const struct dialog *d, const struct arrow *after, bool in,
				bool (*fits)(const struct arrow *a), nstime until)
{
	struct search none = {0}, *s = &none;
	const struct arrow *a = after ? after + 1 : d->arrow, *last = d->arrow + d->arrows;

	if (d->search)
		s = &d->search[((uintptr_t)fits / 16 + in) % SEARCHES];
	if (s->fits == fits && s->in == in && s->from <= a && a <= s->end)
		a = s->end;
	else
		*s = (struct search){.fits = fits, .in = in, .from = a};
	while (a < last && a->when <= until && !(a->in == in && fits(a)))
		a++;
	s->end = a;
	return a < last && a->when <= until ? a : NULL;
}

const struct arrow *find_in(const struct dialog *d, const struct arrow *after,
			    bool (*fits)(const struct arrow *a), nstime until)
{
	return find(d, after, true, fits, until);
}

const struct arrow *find_out(const struct dialog *d, const struct arrow *after,
			     bool (*fits)(const struct arrow *a), nstime until)
{
	return find(d, after, false, fits, until);
}

bool is_error(const struct arrow *a)
{
	return !a->in && a->wire && a->decoded == WIRE_ICMP && a->icmp;
}

bool is_too_big(const struct arrow *a)
{
	return is_error(a) && strcmp(a->icmp, "too-big") == 0;
}

uint32_t told_mtu(const struct arrow *a)
{
	return a->icmp_rest & 0xffff;
}

const struct arrow *find_too_big(const struct dialog *d, const struct arrow *after,
				 const struct arrow *end)
{
	const struct arrow *a = after;

	while ((a = arrow_next(d, a)) && (!end || a < end))
		if (is_too_big(a))
			return a;
	return NULL;
}

uint32_t window_edge(const struct dialog *d, const struct arrow *s)
{
	return s->seg.ack +
	       ((uint32_t)s->seg.window << (s->seg.flags & TCP_SYN ? 0 : d->our_shift));
}

nstime arrow_late(const struct arrow *a)
{
	return a->in ? 0 : (nstime)a->record->late * NS_PER_US;
}

nstime slack(const struct dialog *d, const struct arrow *s)
{
	return (2 * d->rtt > SLACK_LEAST ? 2 * d->rtt : SLACK_LEAST) + arrow_late(s);
}

const struct arrow *find_challenge(const struct dialog *d, const struct arrow *s, nstime until)
{
	const struct arrow *a = s;

	while ((a = find_in(d, a, is_ack, until)))
		if (a->seg.ack == a->before.rcv_nxt && a->seg.seq == a->before.snd_max)
			return a;
	return NULL;
}

const struct arrow *find_alive(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = s;

	while ((a = find_in(d, a, is_spoken, NS_NEVER)))
		if (a->when - s->when >= slack(d, s) && !(a->seg.flags & TCP_SYN))
			return a;
	return NULL;
}

const struct arrow *find_dead(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = find_in(d, s, is_rst, NS_NEVER);

	/* Only a reset in answer to a later segment shows that the connection has ended. A reset at
	 * once is the answer to `s`. */
	while (a && (find_out(d, s, is_segment, a->when) == NULL || a->before.reset))
		a = find_in(d, a, is_rst, NS_NEVER);
	return a;
}

const struct arrow *find_answering_reset(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *rst = find_in(d, s, is_rst, NS_NEVER);
	const struct arrow *next = find_out(d, s, is_segment, NS_NEVER);

	if (!rst || rst->before.synced)
		return NULL;
	return !next || rst < next || rst->when <= s->when + slack(d, s) ? rst : NULL;
}

const struct arrow *find_refusal(const struct dialog *d, const struct arrow *s, nstime until)
{
	const struct arrow *a = s;
	bool empty = arrow_end(s) == s->seg.seq;

	while ((a = find_in(d, a, is_segment, until))) {
		if (!empty && a->seg.flags & TCP_ACK && seq_leq(arrow_end(s), a->seg.ack))
			return NULL; /* the client accepted it */
		if (a->seg.flags & TCP_RST)
			return a;
	}
	return NULL;
}

bool is_connected(const struct arrow *s)
{
	const struct view *v = &s->before;

	return v->synced && !v->reset && !v->our_reset;
}

bool is_early(const struct arrow *s)
{
	return seq_lt(s->before.our_max, s->seg.seq);
}

nstime elapsed(const struct dialog *d, const struct arrow *from, const struct arrow *to)
{
	if (!from->options.has_ts || !to->options.has_ts || !d->stamps_ms ||
	    from->options.ts_val == to->options.ts_val)
		return to->when - from->when;
	return (nstime)(int32_t)(to->options.ts_val - from->options.ts_val) * NS_PER_MS;
}

/* Returns true if it has an ACK of data that the client has sent. */
static bool speaks_well(const struct arrow *s)
{
	return kind_of(s) == TCP_ACK && seq_leq(s->seg.ack, s->before.snd_max);
}

/* Finds the responder's latest timestamp before an arrow. With `sure`, only timestamps that the
 * client has to remember count. */
static bool latest_before(const struct dialog *d, const struct arrow *s, bool sure, uint32_t *out)
{
	const struct arrow *a = NULL;
	bool any = false;

	while ((a = find_out(d, a, is_segment, s->when)) && a < s) {
		if (!a->options.has_ts || (any && seq_lt(a->options.ts_val, *out)))
			continue;
		if (sure && a != d->answer &&
		    !(speaks_well(a) && seq_leq(a->seg.seq, a->before.rcv_nxt)))
			continue;
		*out = a->options.ts_val;
		any = true;
	}
	return any;
}

static bool is_old(const struct dialog *d, const struct arrow *s, bool sure)
{
	uint32_t latest = 0;

	return d->ts && s->options.has_ts && latest_before(d, s, sure, &latest) &&
	       seq_lt(s->options.ts_val, latest - 1);
}

bool has_old_stamp(const struct dialog *d, const struct arrow *s)
{
	return is_old(d, s, false);
}

bool has_surely_old_stamp(const struct dialog *d, const struct arrow *s)
{
	return is_old(d, s, true);
}

bool is_takeable(const struct dialog *d, const struct arrow *s)
{
	return speaks_well(s) && s->options.has_ts == d->ts && !has_old_stamp(d, s);
}

bool connects_elsewhere(const struct hearing *h)
{
	return h->client->opened > (h->d->open != NULL);
}

bool awaits_answer(const struct hearing *h, nstime time)
{
	return h->asserted->patience > time || h->client->longest >= time;
}

bool is_heard_later(const struct hearing *h, const struct arrow *s)
{
	return h->client->heard >= s->when + slack(h->d, s);
}

bool throttled(const struct dialog *d, const struct arrow *s)
{
	const struct arrow *a = NULL;

	while ((a = find_in(d, a, is_ack, s->when)) && a < s)
		if (a != d->open && s->when - a->when < THROTTLE &&
		    a->seg.ack == a->before.rcv_nxt && a->before.synced)
			return true;
	return false;
}

const char *span(nstime t)
{
	static _Thread_local char ring[8][24];
	static _Thread_local unsigned next;
	char *s = ring[next++ % 8];

	if (t < NS_PER_MS)
		snprintf(s, sizeof(ring[0]), "%lld us", (long long)(t / NS_PER_US));
	else if (t < NS_PER_S)
		snprintf(s, sizeof(ring[0]), "%.1f ms", (double)t / 1e6);
	else
		snprintf(s, sizeof(ring[0]), "%.2f s", (double)t / 1e9);
	return s;
}
