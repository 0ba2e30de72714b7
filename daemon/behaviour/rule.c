/* SPDX-License-Identifier: MIT */
#include "behaviour/rule.h"

#include "base/clock.h"
#include "base/text.h"
#include "behaviour/choose.h"
#include "wire/notation_parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const class_names[CLASS_COUNT] = {
	[CLASS_ANY] = "any",
	[CLASS_SYN] = "SYN",
	[CLASS_SYN_ACK] = "SYN-ACK",
	[CLASS_ACK] = "ACK",
	[CLASS_ACK_OF_FIN] = "ACK of FIN",
	[CLASS_DATA] = "DATA",
	[CLASS_FIN] = "FIN",
	[CLASS_RST] = "RST",
	[CLASS_WINDOW_UPDATE] = "window update",
};

static const char *const scope_names[PER_COUNT] = {
	[PER_CONNECTION] = "connection", [PER_ATTEMPT] = "attempt", [PER_CLIENT] = "client",
	[PER_ENDPOINT] = "endpoint",     [PER_TUPLE] = "tuple",
};

static const char *const machine_names[MACHINE_OP_COUNT] = {
	[MACHINE_OPEN] = "open",
	[MACHINE_CLOSE] = "close",
	[MACHINE_LEAVE] = "leave",
	[MACHINE_ABORT] = "abort",
	[MACHINE_FORGET] = "forget",
	[MACHINE_SILENCE] = "silence",
	[MACHINE_KEEP] = "keep",
	[MACHINE_READ_PAUSE] = "read pause",
	[MACHINE_READ_RESUME] = "read resume",
	[MACHINE_WINDOW] = "window",
	[MACHINE_SHRINK] = "shrink",
	[MACHINE_WRITE_PAUSE] = "write pause",
	[MACHINE_WRITE_RESUME] = "write resume",
	[MACHINE_WRITE] = "write",
	[MACHINE_RENEGE] = "renege",
	[MACHINE_TIMESTAMPS] = "timestamps",
};

const char *segment_class_name(enum segment_class c)
{
	return class_names[c];
}

const char *rule_scope_name(enum rule_scope s)
{
	return scope_names[s];
}

const char *machine_op_name(enum machine_op op)
{
	return machine_names[op];
}

const char *machine_format(const struct rule_machine *op, char buf[static MACHINE_TEXT_MAX])
{
	const char *name = machine_names[op->op];
	char time[32];

	if (op->op == MACHINE_WINDOW || op->op == MACHINE_SHRINK || op->op == MACHINE_TIMESTAMPS)
		snprintf(buf, MACHINE_TEXT_MAX, "%s %s%" PRIu32, name, op->more ? "+" : "",
			 op->number);
	else if (op->op == MACHINE_WRITE)
		snprintf(buf, MACHINE_TEXT_MAX, "%s %" PRIu32 " octet%s", name, op->text_len,
			 op->text_len == 1 ? "" : "s");
	else if ((op->op == MACHINE_SILENCE || op->op == MACHINE_KEEP) && op->time != NS_NEVER)
		snprintf(buf, MACHINE_TEXT_MAX, "%s %s", name,
			 duration_format(op->time, time, sizeof(time)));
	else
		snprintf(buf, MACHINE_TEXT_MAX, "%s", name);
	return buf;
}

/* Appends `s` and a NUL to the names, as far as there is space. */
static void add_name(struct ruleset *r, const char *s)
{
	size_t room = RULESET_NAMES_MAX - r->names_len, len = text_fits(s, room);

	memcpy(r->names + r->names_len, s, len);
	r->names_len += len;
	if (len < room)
		r->names[r->names_len++] = '\0';
}

void ruleset_name(struct ruleset *r, uint32_t endpoint, const char *name)
{
	if (r->endpoint_name)
		return;
	r->endpoint = endpoint;
	r->endpoint_name = xstrdup(name);
	r->names = xcalloc(1, RULESET_NAMES_MAX);
	add_name(r, name);
	add_name(r, r->text ? r->text : "");
	r->names = xrealloc(r->names, r->names_len);
	for (unsigned i = 0; r->choice && i < r->choice->count; i++)
		ruleset_name(r->choice->alternative[i].rules, endpoint, name);
}

void ruleset_hold_number(struct ruleset *r, struct endpoint_number *n)
{
	if (r->number)
		return;
	r->number = endpoint_number_get(n);
	for (unsigned i = 0; r->choice && i < r->choice->count; i++)
		ruleset_hold_number(r->choice->alternative[i].rules, n);
}

void ruleset_begin(struct ruleset *r, nstime now)
{
	if (r->begun)
		return;
	r->begun = now;
	for (unsigned i = 0; r->choice && i < r->choice->count; i++)
		ruleset_begin(r->choice->alternative[i].rules, now);
}

struct ruleset *ruleset_get(struct ruleset *r)
{
	__atomic_fetch_add(&r->references, 1, __ATOMIC_RELAXED);
	return r;
}

static void set_release(struct rule_set *set)
{
	free(set->payload);
	free(set->shape.fill);
	free(set->ip);
}

static void set_free(struct rule_set *set)
{
	if (set)
		set_release(set);
	free(set);
}

static void rule_release(struct rule *rule)
{
	for (unsigned i = 0; i < rule->emits; i++) {
		if (!rule->emit[i].is_icmp)
			notation_free(&rule->emit[i].segment);
		set_free(rule->emit[i].over);
		set_free(rule->emit[i].quote);
	}
	free(rule->emit);
	free(rule->cond.where);
	for (unsigned i = 0; i < rule->machines; i++)
		free(rule->machine[i].text);
	free(rule->cond.schedule);
	set_release(&rule->set);
}

static void choice_free(struct choice *c)
{
	for (unsigned i = 0; c && i < c->count; i++)
		ruleset_put(c->alternative[i].rules);
	if (c)
		free(c->alternative);
	free(c);
}

void ruleset_put(struct ruleset *r)
{
	if (!r || __atomic_sub_fetch(&r->references, 1, __ATOMIC_ACQ_REL))
		return;
	for (unsigned i = 0; i < r->rules; i++)
		rule_release(&r->rule[i]);
	free(r->rule);
	choice_free(r->choice);
	service_free(&r->service);
	uses_free(&r->uses);
	free(r->endpoint_name);
	free(r->names);
	endpoint_number_put(r->number);
	free(r->text);
	free(r);
}
