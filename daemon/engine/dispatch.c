/* SPDX-License-Identifier: MIT */
#include "engine/deferred.h"
#include "engine/responder_private.h"

#include <stdlib.h>
#include <string.h>

#define ACCOUNTS_MIN 1024u /* of clients that have not proved their address */

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

/* The first draws of a seed are keys. Live they are drawn in vain, so that chance is that of a
 * replay with the same seed. */
static void keys_from(struct rng *rng, struct responder_keys *out)
{
	struct siphash_key tcp = key_from(rng);

	out->tcp = (struct tcp_keys){
		.isn = tcp, .timestamps = tcp, .syn_cookie = tcp, .fast_open = tcp};
	out->flows = key_from(rng);
	out->notes = key_from(rng);
}

void responder_keys_of_seed(uint64_t seed, struct responder_keys *out)
{
	struct rng rng;

	rng_seed(&rng, seed);
	keys_from(&rng, out);
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
	r->amplification.accounts =
		limits->half_open_max > ACCOUNTS_MIN ? limits->half_open_max : ACCOUNTS_MIN;
	wheel_init(&r->flow_timers, now);
	wheel_init(&r->deferred, now);
	trace_init(&r->trace, limits->trace_size);
	hold_init(r);
}

void responder_clear(struct responder *r)
{
	struct flow *f;

	while ((f = flow_table_any(&r->table)))
		flow_delete(r, f);
	deferred_clear(r);
}

void responder_free(struct responder *r)
{
	responder_clear(r);
	endpoint_index_put(r->endpoints);
	attempts_free(&r->attempts);
	amplification_free(&r->amplification);
	loops_free(&r->loops);
	hold_free(r);
	trace_free(&r->trace);
	memory_free(&r->memory);
	memory_free(&r->notes);
	flow_table_free(&r->table);
	paths_free(&r->paths);
	reassembly_free(&r->reassembly);
	free(r->load);
	plan_free(&r->plan);
}

void responder_add_link(struct responder *r, struct link *l)
{
	if (r->links == sizeof(r->link) / sizeof(r->link[0]))
		abort(); /* the caller counts its interfaces */
	l->index = (uint8_t)r->links;
	r->link[r->links++] = l;
}

static const struct endpoint *endpoint_numbered(const struct endpoint_index *e, uint32_t number)
{
	for (unsigned i = 0; e && i < e->count; i++)
		if (e->endpoint[i].number == number)
			return &e->endpoint[i];
	return NULL;
}

/* Its behaviour is another one. */
static void forget_endpoint(struct responder *r, uint32_t number)
{
	memory_forget_endpoint(&r->memory, number);
	memory_forget_endpoint(&r->notes, number);
}

void responder_use(struct responder *r, struct endpoint_index *e)
{
	struct endpoint_index *old = r->endpoints;

	for (unsigned i = 0; i < e->count; i++) {
		struct endpoint *now = &e->endpoint[i];
		const struct endpoint *before = endpoint_numbered(old, now->number);

		endpoint_loads_reach(r, now->number);
		ruleset_name(now->rules, now->number, now->name);
		ruleset_begin(now->rules, r->now);
		if (before && before->rules != now->rules)
			forget_endpoint(r, now->number);
	}
	r->endpoints = e;
	endpoint_index_put(old);
}

/* Is there a slot for the way back to a client that has proved nothing yet? */
static bool has_path(const struct responder *r, const struct turn *t)
{
	return paths_have_room(&r->paths, &t->origin.path, PATHS_UNPROVED);
}

static struct tcp_listener listener_of(struct responder *r, const struct turn *t)
{
	const struct tcp_settings *s = &t->rules->tcp;
	const struct load *load = endpoint_load(r, t->rules->endpoint);

	return (struct tcp_listener){
		.settings = s,
		.keys = &r->keys.tcp,
		.mtu = responder_mtu(r, &t->origin.path),
		.full = r->halves >= r->limits.half_open_max ||
			(s->backlog && load->halves >= s->backlog) || !has_path(r, t),
		.fast_open_full = load->fast_open >= s->fast_open_max,
		.has_after = t->before,
		.after = t->before ? t->before->tcp.snd_max : 0,
	};
}

/* LISTEN, or what stands in for it: the endpoint has no connection with this client port. */
static void arrive_listen(struct responder *r, const struct segment *seg, struct turn *t)
{
	struct tcp_listener listener = listener_of(r, t);
	unsigned first = r->plan.count;
	enum listen_verdict verdict;
	struct tcp_half half;

	verdict = tcp_listen(&listener, seg, r->now, &half, &r->plan);
	if (verdict == LISTEN_NOTHING) {
		if (listener.full && (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
			r->counter[has_path(r, t) ? COUNT_HALF_OPEN_FULL : COUNT_PATHS_FULL]++;
		turn_planned(t, first);
		return;
	}
	t->f = flow_add_half(r, &half, &t->origin.path, (struct ruleset *)t->rules);
	if (!t->f) {
		r->plan.count = first; /* as if the SYN were lost: it comes again */
		return;
	}
	if (t->before)
		session_set_aside(r, t->before, t->f->id);
	t->before = NULL;
	plan_move(&r->plan, STATE_LISTEN, STATE_SYN_RECEIVED);
	if (verdict == LISTEN_HALF) {
		turn_planned(t, first);
	} else if (verdict == LISTEN_FAST_OPEN) {
		turn_fast_open(t, seg);
	} else {
		r->counter[COUNT_COOKIES]++;
		turn_segment(t, seg);
	}
}

void responder_arrive(struct responder *r, const struct segment *seg, struct turn *t)
{
	if (!t->f)
		arrive_listen(r, seg, t);
	else if (t->f->state != STATE_CLOSED) /* kept after its end: no answer to last words */
		turn_segment(t, seg);
}

/* The first door. True: the segment goes on to the machine, *times times. */
static bool meet_receive_rules(struct responder *r, struct segment *seg, const struct frame *frame,
			       struct turn *t, struct outcome *out, enum trace_fate *fate)
{
	struct rule_context ctx;
	struct rule_view v;

	if (flow_silent(r, t->f)) {
		*fate = FATE_DROPPED;
		return false;
	}
	if (hold_absorbs(r, seg, &frame->path)) {
		*fate = FATE_ABSORBED;
		return false;
	}
	if (!t->rules->by_trigger[ON_RECEIVE])
		return true;
	turn_view(t, &v);
	ctx = turn_context(t);
	rules_receive(t->rules, &ctx, &v, seg, &r->plan, out);
	turn_account(t, 0);
	turn_queue(t, out);
	if (out->drop) {
		r->counter[COUNT_DROPPED_BY_RULE]++;
		*fate = FATE_DROPPED;
		return false;
	}
	if (out->hold &&
	    hold_segment(r, seg, t->trigger, frame, out->duplicate, r->now + out->hold)) {
		*fate = FATE_HELD;
		return false;
	}
	return true;
}

static void meet_endpoint(struct responder *r, struct segment *seg, const struct frame *frame,
			  struct flow *f, const struct ruleset *rules, const struct flow_key *key,
			  struct session *before)
{
	struct segment original = *seg;
	enum trace_fate fate = FATE_NONE;
	struct outcome out = {0};
	bool pass;
	struct turn t;

	if (f)
		flow_follow(r, f, seg, &frame->path);
	turn_begin(&t, r, f, rules, key, &frame->path, &original);
	t.before = before;
	pass = meet_receive_rules(r, seg, frame, &t, &out, &fate);
	if (pass)
		turn_open(&t);
	if (pass) {
		for (unsigned times = 0; times <= out.duplicate; times++)
			responder_arrive(r, seg, &t);
		session_validate(t.f, &original);
	}
	turn_origin(&t);
	record_in(r, &t.origin, fate, &out, frame);
	turn_end(&t);
}

/* A port of ours without an endpoint: closed, RFC 9293 3.10.7.1. */
static void meet_closed(struct responder *r, const struct segment *seg, const struct frame *frame,
			const struct flow_key *key)
{
	struct origin origin = {.key = *key, .path = frame->path, .state = STATE_CLOSED};

	r->counter[COUNT_CLOSED_PORT]++;
	plan_clear(&r->plan);
	tcp_closed(CLOSED_RESET, seg, &r->plan);
	record_in(r, &origin, FATE_NONE, NULL, frame);
	emit_plan(r, &origin, &r->plan);
}

/* At the kernel's link address for an address of the kernel's, or at ours for one of ours. What
 * strays to the other one is nobody's; so are, there, ports of the kernel's without an endpoint. */
static bool is_ours(const struct responder *r, const struct endpoint *e, const struct segment *seg,
		    const struct frame *frame)
{
	if (e)
		return e->owned == frame->owned;
	return !frame->owned && endpoint_index_own(r->endpoints, &seg->dst);
}

/* No connection yet. */
static struct ruleset *rules_of(struct responder *r, const struct flow_key *key,
				const struct segment *seg, const struct endpoint *e)
{
	struct rule_context ctx = {.memory = &r->memory, .rng = &r->rng, .now = r->now};

	return attempts_meet(&r->attempts, key, seg, e, &ctx);
}

void responder_earn(struct responder *r, const struct allowed *by, const struct addr *client,
		    const struct frame *frame, bool syn)
{
	if (frame->path.link < r->links &&
	    amplification_applies(by, client, r->link[frame->path.link]))
		amplification_heard(&r->amplification, by, client, amplification_octets(frame->len),
				    syn, r->now);
}

void responder_meet(struct responder *r, struct segment *seg, const struct frame *frame)
{
	struct flow_key key = key_of(seg);
	const struct endpoint *e = endpoint_index_find(r->endpoints, &seg->dst, seg->dport);
	struct flow *f = flow_find(r, &key);
	const struct allowed *by;
	struct session *before;

	if (!f && !is_ours(r, e, seg, frame)) {
		r->counter[COUNT_NOT_OURS]++; /* the kernel's, or nobody's */
		return;
	}
	r->counter[COUNT_SEGMENTS_IN]++;
	by = endpoint_index_allow(r->endpoints, &seg->src);
	if (!by) {
		r->counter[COUNT_CLIENT_REFUSED]++;
		return;
	}
	before = e ? flow_yields(r, &f, seg) : NULL;
	/* A SYN that ends what was there earns, whatever its client had proved. */
	if (!flow_validated(f))
		responder_earn(r, by, &seg->src, frame,
			       (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN);
	if (f && f->asked)
		loops_heard(&r->loops, &seg->src, amplification_octets(frame->len), r->now);
	if (f || e)
		meet_endpoint(r, seg, frame, f, f ? flow_rules(f) : rules_of(r, &key, seg, e), &key,
			      before);
	else
		meet_closed(r, seg, frame, &key);
}

void responder_flush(struct responder *r)
{
	for (unsigned i = 0; i < r->links; i++)
		r->link[i]->ops->flush(r->link[i]);
}

struct connection_walk {
	bool (*each)(const struct connection_info *info, void *arg);
	void *arg;
};

static bool describe(struct flow *f, void *arg)
{
	const struct connection_walk *walk = arg;
	const struct ruleset *rules = flow_rules(f);
	struct connection_info info = {
		.id = f->id,
		.state = f->state,
		.key = f->key,
		.behaviour = rules->text,
		.endpoint = rules->endpoint_name,
		.since = f->half ? half_of(f)->began : session_of(f)->began,
	};

	if (!f->half) {
		info.octets_in = session_of(f)->tcp.octets_in;
		info.octets_out = session_of(f)->tcp.octets_out;
	}
	return walk->each(&info, walk->arg);
}

void responder_connections(struct responder *r,
			   bool (*each)(const struct connection_info *info, void *arg), void *arg)
{
	struct connection_walk walk = {each, arg};

	flow_table_walk(&r->table, describe, &walk);
}
