/* SPDX-License-Identifier: MIT */
#include "catalogue/conflicts.h"

#include "base/container.h"
#include "trace/label.h"

/* Where to report warnings. */
struct report {
	struct diag *diag;
	const char *file;
	unsigned line;
	const char *key;
};

static void warn_keys(const struct report *r, const struct behaviour *a, const struct behaviour *b)
{
	int count = config_setting_length(a->use);

	for (int i = 0; i < count; i++) {
		const char *name =
			config_setting_name(config_setting_get_elem(a->use, (unsigned)i));

		if (config_setting_get_member(b->use, name))
			diag_warn(r->diag, r->file, r->line, r->key,
				  "'%s' and '%s' both set '%s' in 'use': '%s' takes effect, as it "
				  "is joined last",
				  a->name, b->name, name, b->name);
	}
}

/* Returns true if `use` has the key with another value than false. */
static bool wants(const struct behaviour *b, const char *key)
{
	const config_setting_t *s = b->use ? config_setting_get_member(b->use, key) : NULL;

	return s && (config_setting_type(s) != CONFIG_TYPE_BOOL || config_setting_get_bool(s));
}

/* Returns true if the option takes its value from the key of the endpoint. */
static bool takes_key(const struct syn_options *o, enum syn_option_kind kind)
{
	for (unsigned i = 0; i < o->count; i++)
		if (o->option[i].kind == kind && !o->option[i].has_value)
			return true;
	return false;
}

/* Warns if `a` lists the options of a SYN, and `b` sets a key for an option that is not listed, or
 * whose value the list gives. */
static void warn_options(const struct report *r, const struct syn_options *o,
			 const struct behaviour *a, const struct behaviour *b)
{
	static const struct {
		const char *key;
		enum syn_option_kind kind;
		bool has_number; /* the list can give the value of the option */
	} keys[] = {
		{"mss", SYN_OPT_MSS, true},
		{"wscale", SYN_OPT_WSCALE, true},
		{"window_scaling", SYN_OPT_WSCALE, false},
		{"timestamps", SYN_OPT_TS, false},
		{"sack", SYN_OPT_SACK, false},
		{"fast_open", SYN_OPT_FAST_OPEN, false},
	};

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (wants(b, keys[i].key) &&
		    !(keys[i].has_number ? takes_key(o, keys[i].kind)
					 : syn_options_has(o, keys[i].kind)))
			diag_warn(r->diag, r->file, r->line, r->key,
				  "'%s' has no effect on '%s': the 'options' of '%s' take effect, "
				  "in any order",
				  b->name, keys[i].key, a->name);
}

static const char *trigger_text(const struct rule *rule)
{
	return rule->trigger == ON_RECEIVE ? "receive" : "send";
}

static bool by_segment(const struct rule *rule)
{
	return rule->trigger == ON_RECEIVE || rule->trigger == ON_SEND;
}

static bool is_bare(enum segment_class c)
{
	return c == CLASS_ACK || c == CLASS_WINDOW_UPDATE;
}

static bool stands_alone(enum segment_class c)
{
	return c == CLASS_SYN || c == CLASS_SYN_ACK || c == CLASS_RST;
}

/* Returns true if one segment can belong to both classes. */
static bool classes_overlap(enum segment_class a, enum segment_class b)
{
	if (a == b || a == CLASS_ANY || b == CLASS_ANY)
		return true;
	if (stands_alone(a) || stands_alone(b))
		return false;
	return !(is_bare(a) && (b == CLASS_DATA || b == CLASS_FIN)) &&
	       !(is_bare(b) && (a == CLASS_DATA || a == CLASS_FIN));
}

static bool excludes(const struct marks *with, const struct marks *without)
{
	return with->flags & without->flags || with->options & without->options ||
	       (with->ae && without->ae);
}

/* Returns true if one segment can satisfy both conditions. Counts in different scopes are
 * independent. */
static bool conditions_overlap(const struct rule_condition *a, const struct rule_condition *b)
{
	if (a->states && b->states && !(a->states & b->states))
		return false;
	if (excludes(&a->with, &b->without) || excludes(&b->with, &a->without) ||
	    excludes(&a->syn_with, &b->syn_without) || excludes(&b->syn_with, &a->syn_without))
		return false;
	return a->per != b->per || numbers_overlap(&a->nth, &b->nth);
}

/* Returns true if the rule always acts in its states. */
static bool holds_in_states(const struct rule_condition *c)
{
	return !c->nth.given && !c->has_client && !c->where && !c->has_probability &&
	       !marks_given(&c->with) && !marks_given(&c->without) && !c->has_syn && !c->has_old &&
	       !c->schedule;
}

/* Returns true if the set of states `a` contains `b`; 0 is all states. */
static bool holds_states(unsigned a, unsigned b)
{
	return !a || (b && !(b & ~a));
}

/* Returns true if `a` acts on every segment on which `b` acts. For a rule `b` on SYNs in any state
 * it is enough that `a` acts on SYNs that open a connection. */
static bool covers(const struct rule *a, const struct rule *b)
{
	bool opens = a->trigger == ON_RECEIVE && b->class == CLASS_SYN && !b->cond.states &&
		     a->cond.states & 1U << STATE_LISTEN;

	return (a->class == CLASS_ANY || a->class == b->class) && holds_in_states(&a->cond) &&
	       (holds_states(a->cond.states, b->cond.states) || opens);
}

/* Returns the fields that both set, except flags that `b` only adds or clears, and options that it
 * only edits. */
static uint32_t common_fields(const struct rule_set *a, const struct rule_set *b)
{
	bool undoes = (a->flags & ~b->flags_kept) || (b->flags & ~a->flags_kept);
	uint32_t fields = a->fields & b->fields;

	if (b->flags_kept & UINT8_MAX && (!(a->flags_kept & UINT8_MAX) || !undoes))
		fields &= ~(uint32_t)SET_FLAGS;
	if (b->options.edits)
		fields &= ~(uint32_t)SET_OPTIONS;
	return fields;
}

static bool same_extras(const struct rule_ip *a, const struct rule_ip *b)
{
	return a && b &&
	       ((a->has_dscp && b->has_dscp) || (a->has_flow && b->has_flow) ||
		a->extras.parts & b->extras.parts);
}

static void warn_fields(const struct report *r, const struct rule *a, const struct rule *b)
{
	if (common_fields(&a->set, &b->set) || same_extras(a->set.ip, b->set.ip))
		diag_warn(r->diag, r->file, r->line, r->key,
			  "'%s' and '%s' both set the same field of a segment on '%s': '%s' takes "
			  "effect, as it is joined last",
			  label_name(a->label), label_name(b->label), trigger_text(a),
			  label_name(b->label));
}

/* Warns if `a` drops every segment on which `b` acts. */
static void warn_drop(const struct report *r, const struct rule *a, const struct rule *b)
{
	if (a->drop && covers(a, b))
		diag_warn(r->diag, r->file, r->line, r->key,
			  "'%s' drops each %s before '%s' receives it: write '%s' first",
			  label_name(a->label), segment_class_name(b->class), label_name(b->label),
			  label_name(b->label));
}

/* Returns an operation of the rule, immediate or delayed, that is in the set `ops`; NULL if there
 * is none. */
static const struct rule_machine *find_op(const struct rule *rule, unsigned ops)
{
	for (unsigned i = 0; i < rule->machines; i++)
		if (ops & 1U << rule->machine[i].op)
			return &rule->machine[i];
	return NULL;
}

static bool one_moment(const struct rule *a, const struct rule *b)
{
	return by_segment(a) ? classes_overlap(a->class, b->class)
			     : a->state == b->state && a->after == b->after;
}

/* Warns if `a` opens or ends the connection before `b` operates on it. */
static void warn_machine(const struct report *r, const struct rule *a, const struct rule *b)
{
	const unsigned ends = 1U << MACHINE_ABORT | 1U << MACHINE_FORGET;
	const unsigned opens = 1U << MACHINE_OPEN;
	const struct rule_machine *end = find_op(a, ends), *open = find_op(a, opens);

	if (end && !end->wait && b->machines && covers(a, b))
		diag_warn(r->diag, r->file, r->line, r->key,
			  "'%s' ends the connection (%s) before '%s' operates on it: '%s' takes "
			  "effect, as it is joined first",
			  label_name(a->label), machine_op_name(end->op), label_name(b->label),
			  label_name(a->label));
	else if (open && find_op(b, opens) && !a->drop)
		diag_warn(r->diag, r->file, r->line, r->key,
			  "'%s' and '%s' both open the connection: '%s' takes effect on the "
			  "segment, as it is joined last",
			  label_name(a->label), label_name(b->label), label_name(b->label));
}

/* Returns true if `a` opens with a SYN of its own and drops the client's SYN, so that no SYN-ACK is
 * sent. */
static bool sends_no_syn_ack(const struct rule *a)
{
	const unsigned states = 1U << STATE_LISTEN | 1U << STATE_SYN_SENT;

	return a->trigger == ON_RECEIVE && a->class == CLASS_SYN && a->drop &&
	       find_op(a, 1U << MACHINE_OPEN) && holds_in_states(&a->cond) &&
	       holds_states(a->cond.states, states);
}

static void warn_syn_ack(const struct report *r, const struct rule *a, const struct rule *b)
{
	if (a->label != b->label && b->trigger == ON_SEND && b->class == CLASS_SYN_ACK &&
	    sends_no_syn_ack(a))
		diag_warn(r->diag, r->file, r->line, r->key,
			  "'%s' opens with a SYN, so '%s' has no SYN-ACK to change, in any order",
			  label_name(a->label), label_name(b->label));
}

static void warn_rules(const struct report *r, const struct rule *a, const struct rule *b)
{
	warn_syn_ack(r, a, b);
	warn_syn_ack(r, b, a);
	if (a->label == b->label || a->trigger != b->trigger || !one_moment(a, b) ||
	    !conditions_overlap(&a->cond, &b->cond))
		return;
	if (by_segment(a)) {
		warn_fields(r, a, b);
		warn_drop(r, a, b);
	}
	warn_machine(r, a, b);
}

static void warn_twice(const struct report *r, const struct behaviour *a, const struct behaviour *b)
{
	if (a == b && !a->use)
		diag_warn(r->diag, r->file, r->line, r->key,
			  "duplicate '%s': its rules act twice, and the last value of each field "
			  "takes effect",
			  a->name);
}

void conflicts_warn(const struct behaviour *const *joined, unsigned count, const struct ruleset *rs,
		    struct diag *diag, const char *file, unsigned line, const char *key)
{
	const struct report r = {diag, file, line, key};
	unsigned lists =
		count; /* then one more than the index of the last behaviour that lists options */

	for (unsigned i = 0; i < count; i++)
		for (unsigned k = i + 1; k < count; k++) {
			warn_twice(&r, joined[i], joined[k]);
			if (joined[i]->use && joined[k]->use)
				warn_keys(&r, joined[i], joined[k]);
		}
	while (lists && !wants(joined[lists - 1], "options"))
		lists--;
	for (unsigned i = 0; lists && i < count; i++)
		if (joined[i] != joined[lists - 1])
			warn_options(&r, &rs->tcp.options, joined[lists - 1], joined[i]);
	for (unsigned i = 0; i < rs->rules; i++)
		for (unsigned k = i + 1; k < rs->rules; k++)
			warn_rules(&r, &rs->rule[i], &rs->rule[k]);
}
