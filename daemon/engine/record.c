/* SPDX-License-Identifier: MIT */
#include "engine/record.h"

#include "base/log.h"
#include "behaviour/moved.h"
#include "engine/engine.h"

#include <string.h>

static struct trace_record head_of(const struct responder *r, const struct origin *from,
				   enum trace_kind kind)
{
	return (struct trace_record){
		.kind = (uint8_t)kind,
		.state = from->state,
		.flow = from->flow ? from->flow : from->attempt,
		.when = r->now,
		.iss = from->iss,
		.irs = from->irs,
	};
}

void record_in(struct responder *r, const struct origin *from, enum trace_fate fate,
	       const struct causes *causes, const struct frame *f)
{
	struct trace_record head = head_of(r, from, TRACE_IN);

	head.fate = (uint8_t)fate;
	head.offload = f->offload;
	if (causes)
		head.causes = *causes;
	trace_add(&r->trace, &head, f->packet, f->len);
}

void record_out(struct responder *r, const struct origin *from, enum trace_fate fate,
		const struct causes *causes, const uint8_t *packet, size_t len)
{
	struct trace_record head = head_of(r, from, TRACE_OUT);

	head.fate = (uint8_t)fate;
	head.causes = *causes;
	trace_add(&r->trace, &head, packet, len);
}

void record_attempt(struct responder *r, const struct origin *from, const struct ruleset *rules)
{
	struct trace_record head = head_of(r, from, TRACE_ATTEMPT);
	uint8_t text[TRACE_SNAP];

	trace_add(&r->trace, &head, text, moved_write(text, &from->key, rules));
}

void record_op(struct responder *r, const struct origin *from, const struct rule_machine *op)
{
	struct trace_record head = head_of(r, from, TRACE_NOTE);
	char text[MACHINE_TEXT_MAX];

	causes_add_label(&head.causes, op->label);
	machine_format(op, text);
	trace_add(&r->trace, &head, text, strlen(text));
}

void record_refused(struct responder *r, const struct plan *plan, const struct ruleset *rules)
{
	static struct log_limit limit = {.what = "oversized plans of rules", .lines = 1};
	const struct log_subject about = {.endpoint = rules->endpoint_name,
					  .behaviour = rules->text};

	if (!plan->refused)
		return;
	r->counter[COUNT_RULES_CUT] += plan->refused;
	log_limited(&limit, LOG_LEVEL_WARN, &about,
		    "endpoint %s: rules of '%s' add more than %d segments at once: %u not sent: "
		    "lower 'duplicate', 'times' or 'split'",
		    rules->endpoint_name, rules->text, PLAN_ADDED_MAX, plan->refused);
}

void record_moves(struct responder *r, const struct origin *from, const struct plan *plan,
		  const struct ruleset *rules)
{
	uint8_t text[TRACE_SNAP];
	size_t len = plan->moves ? moved_write(text, &from->key, rules) : 0;

	for (unsigned i = 0; i < plan->moves; i++) {
		struct trace_record head = head_of(r, from, TRACE_STATE);

		head.state = plan->move[i].to;
		head.from = plan->move[i].from;
		trace_add(&r->trace, &head, text, len);
	}
}
