/* SPDX-License-Identifier: MIT */
#include "engine/responder.h"

#include "base/text.h"
#include "engine/deferred.h"
#include "engine/session.h"

#include <stdlib.h>

#define ACCOUNTS_MIN 1024u /* accounts of clients that have not proved their address */

static const char *const counter_names[COUNT_COUNT] = {
	[COUNT_SEGMENTS_IN] = "segments-in",
	[COUNT_SEGMENTS_OUT] = "segments-out",
	[COUNT_ICMP_OUT] = "icmp-out",
	[COUNT_CONNECTIONS] = "connections",
	[COUNT_FAST_OPEN] = "fast-open",
	[COUNT_COOKIES] = "cookies",
	[COUNT_REASSEMBLED] = "reassembled",
	[COUNT_ICMP_ERRORS] = "icmp-errors",
	[COUNT_ICMP_STRAY] = "icmp-stray",
	[COUNT_ICMP_LIMITED] = "icmp-limited",
	[COUNT_OVERLAPS] = "fragments-overlap",
	[COUNT_HALF_OPEN] = "half-open",
	[COUNT_CLOSED_PORT] = "closed-port",
	[COUNT_NOT_OURS] = "not-ours",
	[COUNT_CLIENT_REFUSED] = "client-refused",
	[COUNT_UNANSWERABLE] = "unanswerable",
	[COUNT_LINK_GROUP] = "link-group",
	[COUNT_LOOPBACK] = "loopback-off-lo",
	[COUNT_OWN_SOURCE] = "own-source",
	[COUNT_DROPPED_BY_RULE] = "dropped-by-rule",
	[COUNT_HALF_OPEN_FULL] = "half-open-full",
	[COUNT_CONNECTIONS_FULL] = "connections-full",
	[COUNT_TIME_WAIT_FULL] = "time-wait-full",
	[COUNT_PATHS_FULL] = "paths-full",
	[COUNT_PATH_CHANGES] = "path-changes",
	[COUNT_DELAYED_FULL] = "delayed-full",
	[COUNT_NO_MEMORY] = "no-memory",
	[COUNT_RELAYS] = "relays",
	[COUNT_RELAYS_FAILED] = "relays-failed",
	[COUNT_RELAYS_FULL] = "relays-full",
	[COUNT_REPORTS_TAKEN] = "reports-taken",
	[COUNT_OUTDATED] = "outdated",
	[COUNT_REFUSED] = "send-refused",
	[COUNT_LOOPS] = "loops-cut",
	[COUNT_OVER_BUDGET] = "over-budget",
	[COUNT_STEP_LIMIT] = "step-limit",
	[COUNT_RULES_CUT] = "rules-cut",
};

const char *responder_counter_name(enum responder_counter c)
{
	return counter_names[c];
}

bool responder_keys_draw(struct responder_keys *out, unsigned count)
{
	if (!random_secret(out, count * sizeof(*out)))
		return false;
	for (unsigned i = 1; i < count; i++)
		out[i].tcp.fast_open = out[0].tcp.fast_open;
	return true;
}

static struct siphash_key key_from(struct rng *rng)
{
	uint64_t k0 = rng_next(rng);

	return (struct siphash_key){k0, rng_next(rng)};
}

/* The first numbers of a seed are the keys. A live responder draws and ignores them, so that its
 * random numbers equal the random numbers of a replay with the same seed. */
static void keys_from(struct rng *rng, struct responder_keys *out)
{
	struct siphash_key tcp = key_from(rng);

	out->tcp = (struct tcp_keys){.isn = tcp, .syn_cookie = tcp, .fast_open = tcp};
	out->flows = key_from(rng);
	out->notes = key_from(rng);
}

void responder_keys_of_seed(uint64_t seed, struct responder_keys *out)
{
	struct rng rng;

	rng_seed(&rng, seed);
	keys_from(&rng, out);
}

static uint32_t accounts_for(const struct responder_limits *limits)
{
	return limits->half_open_max > ACCOUNTS_MIN ? limits->half_open_max : ACCOUNTS_MIN;
}

static size_t pool_size(size_t octets)
{
	return (octets + _Alignof(struct flow) - 1) / _Alignof(struct flow) * _Alignof(struct flow);
}

static void pools_init(struct responder *r)
{
	for (int v4 = 0; v4 < 2; v4++) {
		r->half_pool[v4].size = pool_size(half_size(v4));
		r->time_wait_pool[v4].size = pool_size(time_wait_size(v4));
	}
}

void responder_init(struct responder *r, const struct responder_limits *limits, uint64_t seed,
		    const struct responder_keys *keys, nstime now)
{
	struct responder_keys unused;

	*r = (struct responder){
		.limits = *limits, .keys = *keys, .now = now, .verify = true, .of = 1};
	rng_seed(&r->rng, seed);
	keys_from(&r->rng, &unused);
	flow_table_init(&r->table, &keys->flows);
	memory_init(&r->memory, MEMORY_MAX, &keys->notes);
	memory_init(&r->notes, NOTES_MAX, &keys->notes);
	r->attempts.key = keys->notes;
	r->paths.key = keys->notes;
	r->amplification.key = keys->notes;
	r->amplification.rate = limits->reflection_rate;
	r->loops = (struct loops){.key = keys->flows, .limits = limits->loops};
	r->amplification.accounts = accounts_for(limits);
	pools_init(r);
	r->scratch = xcalloc(1, sizeof(*r->scratch));
	trace_init(&r->trace, limits->trace_size);
	hold_init(r);
}

struct responder *responder_new(const struct responder_limits *limits, uint64_t seed,
				const struct responder_keys *keys, nstime now)
{
	struct responder *r = xcalloc(1, sizeof(*r));

	responder_init(r, limits, seed, keys, now);
	return r;
}

void responder_clear(struct responder *r)
{
	struct flow *f;

	while ((f = flow_table_any(&r->table)))
		flow_delete(r, f);
	deferred_clear(r);
}

void responder_release(struct responder *r)
{
	responder_clear(r);
	endpoint_index_put(r->endpoints);
	attempts_free(&r->attempts);
	attempt_ids_free(&r->attempt_ids);
	amplification_free(&r->amplification);
	loops_free(&r->loops);
	hold_free(r);
	trace_free(&r->trace);
	memory_free(&r->memory);
	memory_free(&r->notes);
	flow_table_free(&r->table);
	for (int v4 = 0; v4 < 2; v4++) {
		pool_free(&r->half_pool[v4]);
		pool_free(&r->time_wait_pool[v4]);
	}
	paths_free(&r->paths);
	reassembly_free(&r->reassembly);
	free(r->load);
	free(r->scratch);
	plan_free(&r->plan);
}

void responder_free(struct responder *r)
{
	if (!r)
		return;
	responder_release(r);
	free(r);
}

void responder_set_number(struct responder *r, unsigned number, unsigned of)
{
	r->number = number;
	r->of = of;
}

void responder_set_verify(struct responder *r, bool verify)
{
	r->verify = verify;
}

void responder_set_relays(struct responder *r, const struct relay_provider *provider)
{
	r->relay = *provider;
}

void responder_set_reports(struct responder *r, const struct report_provider *provider)
{
	r->judge = *provider;
}

void responder_start_at(struct responder *r, nstime when)
{
	r->now = when;
}

/* --- links ------------------------------------------------------------------------------------ */

void responder_add_link(struct responder *r, struct link *l)
{
	if (r->links == LINKS_MAX)
		abort(); /* a caller must respect LINKS_MAX */
	l->index = (uint8_t)r->links;
	r->link[r->links++] = l;
}

void responder_replace_link(struct responder *r, struct link *before, struct link *l)
{
	l->index = before->index;
	r->link[l->index] = l;
}

unsigned responder_links(const struct responder *r)
{
	return r->links;
}

struct link *responder_link(const struct responder *r, unsigned index)
{
	return r->link[index];
}

void responder_flush(struct responder *r)
{
	for (unsigned i = 0; i < r->links; i++)
		r->link[i]->ops->flush(r->link[i]);
}

/* --- configuration in use --------------------------------------------------------------------- */

void responder_update(struct responder *r, const struct endpoint_update *u)
{
	struct endpoint_index *old = r->endpoints;

	if (u->numbers)
		endpoint_loads_reach(r, u->numbers - 1);
	for (unsigned i = 0; i < u->changed; i++) {
		memory_forget_endpoint(&r->memory, u->number[i]);
		memory_forget_endpoint(&r->notes, u->number[i]);
	}
	r->endpoints = endpoint_index_get(u->endpoints);
	endpoint_index_put(old);
}

void responder_use(struct responder *r, struct endpoint_index *e)
{
	struct endpoint_update u;

	endpoint_update_begin(&u, r->endpoints, e, r->now);
	responder_update(r, &u);
	endpoint_update_end(&u);
}

void responder_use_limits(struct responder *r, const struct responder_limits *limits)
{
	r->limits = *limits;
	r->loops.limits = limits->loops;
	r->amplification.rate = limits->reflection_rate;
	amplification_use(&r->amplification, accounts_for(limits));
}

void responder_use_overrides(struct responder *r, const struct attempt_override *list,
			     unsigned count)
{
	attempts_use(&r->attempts, list, count);
}

/* --- queries ---------------------------------------------------------------------------------- */

nstime responder_now(const struct responder *r)
{
	return r->now;
}

unsigned responder_number(const struct responder *r)
{
	return r->number;
}

const struct responder_limits *responder_limits(const struct responder *r)
{
	return &r->limits;
}

struct trace *responder_trace(struct responder *r)
{
	return &r->trace;
}

void responder_count(struct responder *r, enum responder_counter c)
{
	r->counter[c]++;
}

struct responder_counts responder_counts(const struct responder *r)
{
	return (struct responder_counts){
		.half_open = r->halves,
		.connections = r->conns,
		.time_wait = r->time_waits,
		.counter = r->counter,
		.packets = r->wire,
	};
}

bool responder_has_attempt(const struct responder *r, uint64_t id)
{
	return attempt_ids_have(&r->attempt_ids, id);
}
