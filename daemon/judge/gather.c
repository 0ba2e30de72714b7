/* SPDX-License-Identifier: MIT */
#include "judge/gather.h"

#include "base/random.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

/* An attempt whose records are being gathered. */
struct attempt {
	struct trace_copy copy;
	const struct trace_record *first;
	uint32_t isn;
	bool has_isn;
};

/* The attempt of a connection of the responder. An attempt may have several connections: the
 * client's RST ends a half-open one, and its retransmitted SYN begins the next. */
struct flow_of {
	uint64_t flow;
	uint32_t attempt;
};

/* The attempts, and two hash tables: the latest attempt by addresses and ports, and by the id of a
 * connection. The tables are at most half full. */
struct gathering {
	struct attempt *attempt;
	unsigned count, room;
	bool full; /* there are more attempts than DIALOGS_MAX */
	bool no_memory;
	const struct prefix *client; /* if not NULL, other clients are omitted from the start */
	uint32_t *by_key;
	struct flow_of *by_flow; /* a flow of 0 is a free slot */
	size_t mask;
	/* Key of the hashes: clients choose their ports, and must not choose the slots. The result
	 * does not depend on the key. */
	struct siphash_key secret;
};

static size_t slot_of(const struct gathering *g, const void *bytes, size_t len)
{
	return siphash(&g->secret, bytes, len) & g->mask;
}

static uint32_t *key_slot(const struct gathering *g, const struct flow_key *key)
{
	size_t i = slot_of(g, key, sizeof(*key));

	while (g->by_key[i] != NOBODY &&
	       memcmp(&g->attempt[g->by_key[i]].copy.key, key, sizeof(*key)) != 0)
		i = (i + 1) & g->mask;
	return &g->by_key[i];
}

static struct flow_of *flow_slot(const struct gathering *g, uint64_t flow)
{
	size_t i = slot_of(g, &flow, sizeof(flow));

	while (g->by_flow[i].flow && g->by_flow[i].flow != flow)
		i = (i + 1) & g->mask;
	return &g->by_flow[i];
}

static bool make_room(struct gathering *g)
{
	unsigned room = g->room ? 2 * g->room : 64;
	struct attempt *larger = realloc(g->attempt, room * sizeof(*g->attempt));

	g->no_memory = g->no_memory || !larger;
	if (!larger)
		return false;
	g->attempt = larger;
	g->room = room;
	return true;
}

static struct attempt *attempt_new(struct gathering *g, const struct flow_key *key,
				   const struct trace_record *r)
{
	struct attempt *a;

	g->full = g->count == DIALOGS_MAX;
	if (g->full)
		return NULL;
	if (g->count == g->room && !make_room(g))
		return NULL;
	a = &g->attempt[g->count];
	*a = (struct attempt){.copy.key = *key, .copy.found = true, .first = r};
	*key_slot(g, key) = g->count++;
	return a;
}

/* Returns true if the SYN begins another attempt with the same addresses and ports: it has another
 * ISN, and is not within a connection of the responder. */
static bool begins_anew(struct gathering *g, const struct attempt *a, const struct trace_record *r,
			const struct trace_glance *glance)
{
	const struct flow_of *known = r->flow ? flow_slot(g, r->flow) : NULL;

	return glance->opens && !(a->has_isn && a->isn == glance->seq) &&
	       !(known && known->flow && &g->attempt[known->attempt] == a);
}

/* Returns the attempt of a record, or NULL if there is no room for it. */
static struct attempt *attempt_of(struct gathering *g, const struct trace_record *r,
				  const struct trace_glance *glance)
{
	uint32_t i = *key_slot(g, &glance->key);
	struct attempt *a = i == NOBODY ? NULL : &g->attempt[i];

	if (!a || begins_anew(g, a, r, glance))
		a = attempt_new(g, &glance->key, r);
	if (!a)
		return NULL;
	if (glance->opens && !a->has_isn) {
		a->has_isn = true;
		a->isn = glance->seq;
	}
	if (r->flow) {
		a->copy.id = r->flow;
		*flow_slot(g, r->flow) = (struct flow_of){r->flow, (uint32_t)(a - g->attempt)};
	}
	return a;
}

static void gather_record(struct gathering *g, const struct trace_record *r)
{
	struct trace_glance glance;
	struct attempt *a;

	if (trace_glance(r, &glance)) {
		if (g->client && !prefix_contains(g->client, &glance.key.client))
			return;
		a = attempt_of(g, r, &glance);
		if (a)
			trace_copy_add(&a->copy, r);
	} else if (r->flow) {
		const struct flow_of *known = flow_slot(g, r->flow);

		if (known->flow)
			trace_copy_add(&g->attempt[known->attempt].copy, r);
	}
}

static bool wanted(const struct flow_key *key, const struct prefix *client, unsigned clients)
{
	for (unsigned i = 0; i < clients; i++)
		if (prefix_contains(&client[i], &key->client))
			return true;
	return !clients;
}

/* The tables have room for an attempt and a connection per record. */
static void gathering_begin(struct gathering *g, const struct trace *t)
{
	size_t room = 64;

	*g = (struct gathering){.client = g->client};
	while (room < 2 * (t->added - t->lost))
		room *= 2;
	g->mask = room - 1;
	if (!random_secret(&g->secret, sizeof(g->secret)))
		g->secret = (struct siphash_key){0}; /* at worst, the tables are slow */
	g->by_key = calloc(room, sizeof(*g->by_key));
	g->by_flow = calloc(room, sizeof(*g->by_flow));
	g->no_memory = !g->by_key || !g->by_flow;
	if (!g->no_memory)
		memset(g->by_key, 0xff, room * sizeof(*g->by_key));
}

/* Copies that were moved into dialogs are empty. */
static void gathering_end(struct gathering *g)
{
	for (unsigned i = 0; i < g->count; i++)
		trace_copy_free(&g->attempt[i].copy);
	free(g->attempt);
	free(g->by_key);
	free(g->by_flow);
}

/* Returns the slot of the dialog whose key begins with the same octets. */
static uint32_t *common_slot(const struct gathering *g, const struct dialogs *all,
			     const struct flow_key *key, size_t octets)
{
	size_t i = slot_of(g, key, octets);

	while (g->by_key[i] != NOBODY &&
	       memcmp(&all->dialog[g->by_key[i]].copy.key, key, octets) != 0)
		i = (i + 1) & g->mask;
	return &g->by_key[i];
}

/* Links the dialogs, from the last to the first. It reuses the table `by_key`. */
static void link_common(struct dialogs *out, struct gathering *g, enum common c)
{
	static const size_t octets[COMMON_COUNT] = {
		[COMMON_CLIENT] = offsetof(struct flow_key, server),
		[COMMON_HOSTS] = offsetof(struct flow_key, client_port),
		[COMMON_ENDS] = sizeof(struct flow_key),
	};

	memset(g->by_key, 0xff, (g->mask + 1) * sizeof(*g->by_key));
	for (uint32_t n = out->count; n-- > 0;) {
		struct dialog *d = &out->dialog[n];
		uint32_t *slot = common_slot(g, out, &d->copy.key, octets[c]);

		d->next[c] = *slot == NOBODY ? NULL : &out->dialog[*slot];
		*slot = n;
	}
}

static void number_clients(struct dialogs *out)
{
	for (unsigned i = 0; i < out->count; i++)
		out->dialog[i].first = true;
	for (unsigned i = 0; i < out->count; i++) {
		struct dialog *d = &out->dialog[i];
		const struct dialog *next = d->next[COMMON_CLIENT];

		if (d->first)
			d->client = out->clients++;
		if (next) {
			out->dialog[next - out->dialog].first = false;
			out->dialog[next - out->dialog].client = d->client;
		}
	}
}

static int by_time(const void *a, const void *b)
{
	const nstime *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool note_loss(struct dialogs *out, nstime when)
{
	size_t room = out->losses ? 2 * (size_t)out->losses : 1;
	nstime *more = out->loss;

	if (!(out->losses & (out->losses - 1)))
		more = realloc(out->loss, room * sizeof(*more));
	if (!more)
		return false;
	out->loss = more;
	out->loss[out->losses++] = when;
	return true;
}

/* Gathers all attempts from record `from` on. Returns false if there are more than DIALOGS_MAX;
 * *again is then the first record of the newer half. */
static bool gather(struct gathering *g, const struct trace *t, const struct trace_record *from,
		   const bool *stop, const struct trace_record **again)
{
	gathering_begin(g, t);
	for (const struct trace_record *r = from;
	     r && !g->full && !g->no_memory && !is_stopped(stop); r = trace_next(t, r))
		if (r->kind != TRACE_LOSS)
			gather_record(g, r);
	if (!g->full)
		return true;
	*again = g->attempt[g->count / 2].first;
	gathering_end(g);
	return false;
}

/* Moves the attempts into dialogs. Returns false if memory runs out or the work was stopped. */
static bool make_dialogs(struct dialogs *out, struct gathering *g, const struct prefix *client,
			 unsigned clients, nstime now, const bool *stop)
{
	out->dialog = calloc(g->count ? g->count : 1, sizeof(*out->dialog));
	if (!out->dialog)
		return false;
	for (unsigned i = 0; i < g->count; i++) {
		struct trace_copy *copy = &g->attempt[i].copy;

		if (wanted(&copy->key, client, clients) &&
		    (is_stopped(stop) || !dialog_read(&out->dialog[out->count++], copy, now)))
			return false;
	}
	for (enum common c = 0; c < COMMON_COUNT; c++)
		link_common(out, g, c);
	number_clients(out);
	return true;
}

/* Gathers as many of the newest attempts as there is room for. Returns the first record that is
 * included. *since is as in struct dialogs. */
static const struct trace_record *gather_newest(struct gathering *g, const struct trace *t,
						const bool *stop, nstime *since)
{
	const struct trace_record *begin = trace_next(t, NULL), *from = begin;

	while (!gather(g, t, from, stop, &from))
		continue;
	*since = begin && (t->lost || from != begin) ? from->when : 0;
	return from;
}

bool dialogs_read(struct dialogs *out, const struct trace *t, const struct prefix *client,
		  unsigned clients, nstime now, const bool *stop)
{
	const struct trace_record *from;
	struct gathering g = {0};
	bool good;

	*out = (struct dialogs){0};
	from = gather_newest(&g, t, stop, &out->since);
	good = !g.no_memory && !is_stopped(stop);
	for (const struct trace_record *r = from; r && good; r = trace_next(t, r))
		if (r->kind == TRACE_LOSS)
			good = note_loss(out, r->when);
	if (out->losses)
		qsort(out->loss, out->losses, sizeof(*out->loss), by_time);
	good = good && make_dialogs(out, &g, client, clients, now, stop);
	gathering_end(&g);
	if (!good)
		dialogs_free(out);
	return good;
}

bool trace_copies_take(struct trace_copies *out, const struct trace *t, const struct prefix *client)
{
	struct gathering g = {.client = client};

	*out = (struct trace_copies){0};
	gather_newest(&g, t, NULL, &out->since);
	if (!g.no_memory)
		out->copy = calloc(g.count + 1, sizeof(*out->copy));
	for (; out->copy && out->count < g.count; out->count++) {
		out->copy[out->count] = g.attempt[out->count].copy;
		g.attempt[out->count].copy = (struct trace_copy){0};
	}
	gathering_end(&g);
	return out->copy;
}

void trace_copies_free(struct trace_copies *all)
{
	for (unsigned i = 0; i < all->count; i++)
		trace_copy_free(&all->copy[i]);
	free(all->copy);
	*all = (struct trace_copies){0};
}

void dialogs_free(struct dialogs *d)
{
	for (unsigned i = 0; i < d->count; i++)
		dialog_free(&d->dialog[i]);
	free(d->dialog);
	free(d->loss);
	*d = (struct dialogs){0};
}

bool dialogs_lost(const struct dialogs *d, nstime from, nstime to)
{
	unsigned before = 0, end = d->losses;

	/* Finds the number of losses before `from`. */
	while (before < end) {
		unsigned middle = before + (end - before) / 2;

		if (d->loss[middle] < from)
			before = middle + 1;
		else
			end = middle;
	}
	return before < d->losses && d->loss[before] <= to;
}
