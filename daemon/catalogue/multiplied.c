/* SPDX-License-Identifier: MIT */
#include "catalogue/multiplied.h"

#include "tcp/plan.h"
#include "trace/label.h"

#include <inttypes.h>

#define USUAL_OCTETS 1460 /* usual octets of a segment, to estimate its pieces */

/* Segments that the rule adds for each segment on which it acts. */
static uint64_t beside(const struct rule *rule)
{
	uint64_t n = rule->duplicate;

	for (unsigned i = 0; i < rule->emits; i++)
		n += rule->emit[i].times;
	return n;
}

static uint64_t pieces(const struct rule_split *split)
{
	return split->octets ? (USUAL_OCTETS + split->octets - 1) / split->octets : split->pieces;
}

/* Returns true if the rule acts on every segment of its class that is sent. */
static bool meets_all(const struct rule *rule)
{
	const struct rule_condition *c = &rule->cond;

	return rule->trigger == ON_SEND && !c->nth.given && !c->states && !c->has_client &&
	       !c->where && !c->has_probability && !marks_given(&c->with) &&
	       !marks_given(&c->without) && !c->has_syn && !c->has_old && !c->schedule;
}

/* Returns true if each segment of class `came` from the client makes the TCP send one of class
 * `sent`. */
static bool draws(uint8_t came, uint8_t sent)
{
	bool syn = came == CLASS_SYN || came == CLASS_ANY;
	bool text = came == CLASS_DATA || came == CLASS_FIN;

	return sent == CLASS_ANY ? syn || text
				 : (sent == CLASS_SYN_ACK && syn) || (sent == CLASS_ACK && text);
}

/* Segments that `second` makes of one segment on which `first` acts; 0 if that is not certain. */
static uint64_t made(const struct rule *first, const struct rule *second)
{
	if (!meets_all(second))
		return 0;
	if (first->trigger == ON_RECEIVE && !first->drop && draws(first->class, second->class))
		return (first->duplicate + 1) * (beside(second) + 1);
	if (first->trigger == ON_SEND && first < second &&
	    (second->class == CLASS_ANY || second->class == CLASS_DATA))
		return pieces(&first->split) * (beside(second) + 1);
	return 0;
}

void multiplied_check(const struct ruleset *rs, struct diag *diag, const char *file, unsigned line,
		      const char *key)
{
	for (unsigned i = 0; i < rs->rules; i++)
		for (unsigned k = 0; k < rs->rules; k++) {
			const struct rule *first = &rs->rule[i], *second = &rs->rule[k];
			uint64_t n = made(first, second);

			if (n > PLAN_ADDED_MAX)
				diag_error(diag, file, line, key,
					   "expected at most %d segments from one segment, but "
					   "rules of "
					   "'%s' and '%s' make %" PRIu64
					   ": lower 'duplicate', 'times' or 'split'",
					   PLAN_ADDED_MAX, label_name(first->label),
					   label_name(second->label), n);
		}
}
