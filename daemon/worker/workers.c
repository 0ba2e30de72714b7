/* SPDX-License-Identifier: MIT */
#include "worker/workers.h"

#include "base/text.h"
#include "engine/connection_ops.h"
#include "engine/responder.h"
#include "link/packet.h"

#include <sched.h>
#include <stdlib.h>

struct workers {
	unsigned count;
	struct worker *worker[WORKERS_MAX];
	uint64_t beats;             /* of all workers */
	uint64_t seen[WORKERS_MAX]; /* `beats` of each worker when `beats` last increased */
};

static unsigned cpus(void)
{
	cpu_set_t set;

	/* sched_getaffinity() fails on machines with more than 1024 CPUs. */
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set)
							    : WORKERS_MAX;
}

unsigned workers_wanted(unsigned configured)
{
	unsigned count = configured ? configured : cpus();

	return count < WORKERS_MAX ? count : WORKERS_MAX;
}

struct workers *workers_new(unsigned count, const struct responder_limits *limits, uint64_t seed)
{
	struct workers *all = xcalloc(1, sizeof(*all));
	struct responder_keys keys[WORKERS_MAX];

	if (!responder_keys_draw(keys, count)) {
		free(all);
		return NULL;
	}
	for (; all->count < count; all->count++)
		all->worker[all->count] =
			worker_new(limits, seed, &keys[all->count], all->count, count);
	return all;
}

unsigned workers_count(const struct workers *all)
{
	return all->count;
}

/* --- links ------------------------------------------------------------------------------------ */

bool workers_has_interface(const struct workers *all, const char *name)
{
	return worker_has_interface(all->worker[0], name);
}

bool workers_add_interface(struct workers *all, const char *name, char **error)
{
	struct link *link[WORKERS_MAX];

	/* The first worker has the most links: the interfaces of all workers, and TUN devices. */
	if (!worker_has_room(all->worker[0], name, error))
		return false;
	if (!packet_open_shared(name, all->count, link, error))
		return false;
	for (unsigned i = 0; i < all->count; i++)
		worker_add_link(all->worker[i], link[i]);
	return true;
}

bool workers_set_tun(struct workers *all, const struct tun_setup *setup, char **error)
{
	return worker_set_tun(all->worker[0], setup, error);
}

void workers_settle_tuns(struct workers *all, enum tun_fate (*fate)(const char *name, void *arg),
			 void *arg)
{
	worker_settle_tuns(all->worker[0], fate, arg);
}

/* --- threads ---------------------------------------------------------------------------------- */

void workers_report_to(struct workers *all, struct report_queue *q)
{
	for (unsigned i = 0; i < all->count; i++)
		worker_report_to(all->worker[i], q);
}

bool workers_start(struct workers *all)
{
	for (unsigned i = 0; i < all->count; i++)
		if (!worker_start(all->worker[i]))
			return false;
	return true;
}

void workers_free(struct workers *all)
{
	for (unsigned i = 0; all && i < all->count; i++)
		worker_free(all->worker[i]);
	free(all);
}

void workers_pulse(struct workers *all, struct pulse *last)
{
	uint64_t beats[WORKERS_MAX];
	bool each = true;

	*last = (struct pulse){0};
	for (unsigned i = 0; i < all->count; i++) {
		struct pulse pulse;

		worker_pulse(all->worker[i], &pulse);
		last->connections += pulse.connections;
		last->links = i ? last->links : pulse.links;
		beats[i] = pulse.beats;
		each &= pulse.beats != all->seen[i];
	}
	if (each) {
		memcpy(all->seen, beats, all->count * sizeof(*beats));
		all->beats++;
	}
	last->beats = all->beats;
}

nstime workers_longest_pause(const struct workers *all, unsigned worker)
{
	return worker_longest_pause(all->worker[worker]);
}

void workers_call(struct workers *all, void (*work)(struct responder *r, void *arg), void *arg)
{
	for (unsigned i = 0; i < all->count; i++)
		worker_call(all->worker[i], work, arg);
}

/* A walk in a worker. */
struct walk {
	bool (*part)(struct responder *r, size_t *cursor, void *arg);
	void *arg;
	size_t cursor;
	bool more;
};

static void do_part(struct responder *r, void *arg)
{
	struct walk *w = arg;

	w->more = w->part(r, &w->cursor, w->arg);
}

static void walk_in(struct worker *worker,
		    bool (*part)(struct responder *r, size_t *cursor, void *arg), void *arg)
{
	struct walk w = {.part = part, .arg = arg};

	do
		worker_call(worker, do_part, &w);
	while (w.more);
}

void workers_walk(struct workers *all, bool (*part)(struct responder *r, size_t *cursor, void *arg),
		  void *arg)
{
	for (unsigned i = 0; i < all->count; i++)
		walk_in(all->worker[i], part, arg);
}

void workers_walk_owner(struct workers *all, uint64_t id,
			bool (*part)(struct responder *r, size_t *cursor, void *arg), void *arg)
{
	walk_in(all->worker[responder_of(id, all->count)], part, arg);
}

struct ending {
	struct endpoint_set endpoints;
	size_t ended;
};

static bool abort_connections(struct responder *r, size_t *cursor, void *arg)
{
	struct ending *e = arg;

	return responder_abort_endpoints(r, &e->endpoints, cursor, &e->ended);
}

size_t workers_abort_endpoints(struct workers *all, const uint32_t *number, unsigned count)
{
	struct ending ending = {0};
	uint32_t numbers = 0;
	bool *has;

	for (unsigned i = 0; i < count; i++)
		if (number[i] >= numbers)
			numbers = number[i] + 1;
	if (!numbers)
		return 0;
	has = xcalloc(numbers, sizeof(*has));
	for (unsigned i = 0; i < count; i++)
		has[number[i]] = true;
	ending.endpoints = (struct endpoint_set){numbers, has};
	workers_walk(all, abort_connections, &ending);
	free(has);
	return ending.ended;
}

void workers_call_owner(struct workers *all, uint64_t id,
			void (*work)(struct responder *r, void *arg), void *arg)
{
	worker_call(all->worker[responder_of(id, all->count)], work, arg);
}

/* --- copies of traces ------------------------------------------------------------------------- */

struct steps {
	bool (*step)(struct responder *r, void *arg);
	void *arg;
	bool done;
};

static void one_step(struct responder *r, void *arg)
{
	struct steps *steps = arg;

	steps->done = steps->step(r, steps->arg);
}

/* Calls `step` in the worker until it returns true. The worker receives frames in between. */
static void call_steps(struct worker *w, bool (*step)(struct responder *r, void *arg), void *arg)
{
	struct steps steps = {.step = step, .arg = arg};

	while (!steps.done)
		worker_call(w, one_step, &steps);
}

struct copying {
	uint64_t id;
	bool begun;
	struct trace_copy copy;
};

static bool copy_step(struct responder *r, void *arg)
{
	struct copying *c = arg;

	if (!c->begun)
		trace_copy_begin(&c->copy, responder_trace(r), c->id);
	c->begun = true;
	return trace_copy_step(&c->copy, responder_trace(r), TRACE_STEP);
}

void workers_copy_trace(struct workers *all, uint64_t id, struct trace_copy *out)
{
	unsigned from = id ? responder_of(id, all->count) : 0, to = id ? from + 1 : all->count;

	*out = (struct trace_copy){0};
	for (unsigned i = from; i < to; i++) {
		struct copying c = {.id = id};

		call_steps(all->worker[i], copy_step, &c);
		if (!c.copy.found || (out->found && c.copy.opened <= out->opened)) {
			trace_copy_free(&c.copy);
			continue;
		}
		trace_copy_free(out);
		*out = c.copy;
	}
}

struct cloning {
	size_t most;
	bool begun, no_memory;
	nstime until;
	struct trace_clone clone;
};

static bool clone_step(struct responder *r, void *arg)
{
	struct cloning *c = arg;

	if (c->begun)
		return trace_clone_step(&c->clone, responder_trace(r), TRACE_STEP);
	c->begun = true;
	c->until = responder_now(r);
	c->no_memory = !trace_clone_begin(&c->clone, responder_trace(r), c->most);
	return c->no_memory;
}

bool workers_clone_traces(struct workers *all, size_t most, struct trace *out, nstime *until)
{
	bool no_memory = false;

	for (unsigned i = 0; i < all->count; i++) {
		struct cloning c = {.most = most};

		call_steps(all->worker[i], clone_step, &c);
		out[i] = c.clone.copied;
		no_memory |= c.no_memory;
		if (i == 0 || c.until < *until)
			*until = c.until;
	}
	return !no_memory;
}
