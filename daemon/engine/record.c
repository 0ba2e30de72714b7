/* SPDX-License-Identifier: MIT */
#include "engine/record.h"

#include "base/log.h"
#include "behaviour/moved.h"
#include "engine/engine.h"

#include <string.h>

/* Adds a record with the members that all kinds have, the others 0. The caller writes the `cap`
 * octets. Returns NULL if the trace keeps no records. */
static struct trace_record *add(struct responder *r, const struct origin *from,
				enum trace_kind kind, size_t len)
{
	struct trace_record *head = trace_reserve(&r->trace, len);

	if (!head)
		return NULL;
	head->kind = (uint8_t)kind;
	head->fate = FATE_NONE;
	head->state = from->state;
	head->from = 0;
	head->flow = from->flow ? from->flow : from->attempt;
	head->when = r->now;
	head->iss = from->iss;
	head->irs = from->irs;
	head->late = 0;
	head->offload = false;
	head->causes = (struct causes){0};
	return head;
}

void record_in(struct responder *r, const struct origin *from, enum trace_fate fate,
	       const struct causes *causes, const struct frame *f)
{
	struct trace_record *head = add(r, from, TRACE_IN, f->len);

	if (!head)
		return;
	head->fate = (uint8_t)fate;
	head->offload = f->offload;
	if (causes)
		head->causes = *causes;
	memcpy(head->bytes, f->packet, head->cap);
}

void record_out(struct responder *r, const struct origin *from, enum trace_fate fate,
		const struct causes *causes, const uint8_t *packet, size_t len)
{
	struct trace_record *head = add(r, from, TRACE_OUT, len);

	if (!head)
		return;
	head->fate = (uint8_t)fate;
	head->causes = *causes;
	memcpy(head->bytes, packet, head->cap);
}

void record_attempt(struct responder *r, const struct origin *from, const struct ruleset *rules)
{
	struct trace_record *head = add(r, from, TRACE_ATTEMPT, moved_size(rules));

	if (head)
		moved_write(head->bytes, &from->key, rules);
}

void record_op(struct responder *r, const struct origin *from, const struct rule_machine *op)
{
	char text[MACHINE_TEXT_MAX];
	struct trace_record *head;

	machine_format(op, text);
	head = add(r, from, TRACE_NOTE, strlen(text));
	if (!head)
		return;
	causes_add_label(&head->causes, op->label);
	memcpy(head->bytes, text, head->cap);
}

void record_refused(struct responder *r, const struct plan *plan, const struct ruleset *rules)
{
	static struct log_limit limit = {.what = "oversized plans of rules", .lines = 1};

	if (!plan->refused)
		return;
	r->counter[COUNT_RULES_CUT] += plan->refused;
	log_limited(
		&limit, LOG_LEVEL_WARN,
		&(struct log_subject){.endpoint = rules->endpoint_name, .behaviour = rules->text},
		"endpoint %s: rules of '%s' add more than %d segments at once: %u not sent: "
		"lower 'duplicate', 'times' or 'split'",
		rules->endpoint_name, rules->text, PLAN_ADDED_MAX, plan->refused);
}

void record_moves(struct responder *r, const struct origin *from, const struct plan *plan,
		  const struct ruleset *rules)
{
	for (unsigned i = 0; i < plan->moves; i++) {
		struct trace_record *head = add(r, from, TRACE_STATE, moved_size(rules));

		if (!head)
			return;
		head->state = plan->move[i].to;
		head->from = plan->move[i].from;
		moved_write(head->bytes, &from->key, rules);
	}
}
