/* SPDX-License-Identifier: MIT */
#include "catalogue/compile_rule.h"

#include "base/container.h"
#include "base/text.h"
#include "catalogue/compile_actions.h"
#include "catalogue/compile_machine.h"
#include "catalogue/compile_shape.h"
#include "catalogue/compile_value.h"
#include "catalogue/compile_when.h"
#include "tcp/state.h"

#include <stdlib.h>
#include <string.h>

/* Returns the text after `word` and its blanks, or NULL if `text` does not begin with that word. */
static const char *after_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(text, word, len) != 0 || (text[len] && text[len] != ' '))
		return NULL;
	return text + len + strspn(text + len, " ");
}

static const char *class_at(size_t i, const void *arg)
{
	(void)arg;
	return i < CLASS_COUNT ? segment_class_name((enum segment_class)i) : NULL;
}

static bool parse_class(const char *name, uint8_t *out, char **wrong)
{
	struct text message = {0};
	const char *near;

	text_add(&message, "expected a class of segments (");
	for (int i = 0; i < CLASS_COUNT; i++) {
		const char *known = segment_class_name((enum segment_class)i);

		if (strcmp(known, name) == 0) {
			*out = (uint8_t)i;
			text_free(&message);
			return true;
		}
		text_addf(&message, "%s%s", i ? ", " : "", known);
	}
	text_addf(&message, "), got '%s'", name);
	near = suggest(name, class_at, NULL);
	if (near)
		text_addf(&message, "; did you mean '%s'?", near);
	*wrong = message.s;
	return false;
}

/* Parses a state that a connection can enter. Rejects LISTEN, which means that no connection
 * exists. */
static bool parse_entered(const char *name, const char *text, uint8_t *out, char **wrong)
{
	enum tcp_state state;

	if (!state_parse(name, strlen(name), &state) || state == STATE_LISTEN)
		return text_expected(wrong, text,
				     "a state that a connection can enter, such as ESTABLISHED");
	*out = (uint8_t)state;
	return true;
}

/* Parses `DURATION in STATE`, the argument of `after`, `every` and `idle`. */
static bool parse_after(const char *what, const char *text, struct rule *r, char **wrong)
{
	const char *in = strstr(what, " in ");
	char *duration;
	bool right;

	if (!in)
		return text_expected(wrong, text,
				     "a duration and a state, as in 'after 3s in ESTABLISHED'");
	duration = strndup(what, (size_t)(in - what));
	right = duration && duration_parse(duration, &r->after);
	free(duration);
	if (!right)
		return text_expected(wrong, text, "a duration such as 300ms or 3s before 'in'");
	return parse_entered(in + strlen(" in "), text, &r->state, wrong);
}

static bool parse_on(const char *text, void *target, char **wrong)
{
	struct rule *r = target;
	const char *what;

	what = after_word(text, "receive");
	if (what) {
		r->trigger = ON_RECEIVE;
		return parse_class(what, &r->class, wrong);
	}
	what = after_word(text, "send");
	if (what) {
		r->trigger = ON_SEND;
		return parse_class(what, &r->class, wrong);
	}
	what = after_word(text, "enter");
	if (what) {
		r->trigger = ON_ENTER;
		return parse_entered(what, text, &r->state, wrong);
	}
	what = after_word(text, "after");
	if (what) {
		r->trigger = ON_AFTER;
		return parse_after(what, text, r, wrong);
	}
	what = after_word(text, "every");
	r->repeats = what != NULL;
	if (!what) {
		what = after_word(text, "idle");
		r->repeats = r->idle = what != NULL;
	}
	if (what) {
		r->trigger = ON_AFTER;
		return parse_after(what, text, r, wrong) &&
		       (r->after >= NS_PER_MS ||
			text_expected(wrong, text, "a duration of at least 1ms"));
	}
	return text_expected(wrong, text,
			     "receive CLASS, send CLASS, enter STATE, after DURATION in STATE, "
			     "every DURATION in STATE, or idle DURATION in STATE");
}

static bool parse_nth(const char *text, void *target, char **wrong)
{
	struct rule_condition *c = target;

	return numbers_parse(text, 1, &c->nth) ||
	       text_expected(wrong, text,
			     "a count of at least 1, as in 1, 2-4, <3, >=3, every 2 or not 5");
}

#define STATES_ALL ((1u << STATE_COUNT) - 1)

static bool parse_states(const char *text, void *target, char **wrong)
{
	const char *rest = after_word(text, "not"), *at = rest ? rest : text;
	struct rule_condition *c = target;
	uint16_t states = 0;

	for (;;) {
		size_t len;
		enum tcp_state state;

		at += strspn(at, " ");
		len = strcspn(at, ", ");
		if (!state_parse(at, len, &state))
			return text_expected(wrong, text,
					     "states separated by commas, as in 'LISTEN, "
					     "SYN-RECEIVED' or 'not LISTEN'");
		states |= (uint16_t)(1u << state);
		at += len;
		at += strspn(at, " ");
		if (!*at)
			break;
		if (*at++ != ',')
			return text_expected(wrong, text, "a comma between states");
	}
	c->states = rest ? states ^ STATES_ALL : states;
	return c->states || text_expected(wrong, text, "a list that leaves at least one state");
}

/* Returns the prefix of all addresses of a family, or NULL if `name` is not a family. */
static const char *family_prefix(const char *name)
{
	if (strcmp(name, "ipv4") == 0)
		return "0.0.0.0/0";
	return strcmp(name, "ipv6") == 0 ? "::/0" : NULL;
}

static bool parse_client(const char *text, void *target, char **wrong)
{
	struct rule_condition *c = target;
	const char *rest = after_word(text, "not"), *name = rest ? rest : text;
	const char *family = family_prefix(name);

	if (!prefix_read(family ? family : name,
			 "an address, a prefix such as 192.0.2.0/24, ipv4 or ipv6, with or without "
			 "'not' before it",
			 &c->client, wrong))
		return false;
	c->has_client = true;
	c->client_negated = rest != NULL;
	return true;
}

static bool parse_probability(const char *text, void *target, char **wrong)
{
	struct rule_condition *c = target;

	if (!probability_parse(text, &c->probability, wrong))
		return false;
	c->has_probability = true;
	return true;
}

static bool parse_where(const char *text, void *target, char **wrong)
{
	struct rule_condition *c = target;

	free(c->where); /* if the key occurs twice */
	c->where = xcalloc(1, sizeof(*c->where));
	return where_parse(text, c->where, wrong);
}

static bool parse_scope(const char *text, void *target, char **wrong)
{
	return rule_scope_parse(text, &((struct rule_condition *)target)->per, wrong);
}

const struct key condition_keys[] = {
	{"nth", KEY_CUSTOM, .parse = parse_nth,
	 .help = "Occurrences of the trigger on which the rule acts: 1, 2-4, <3, >=3, every 2, not "
		 "5."},
	{"per", KEY_CUSTOM, .parse = parse_scope,
	 .help = "The scope in which 'nth' counts: connection, attempt, tuple, client or "
		 "endpoint."},
	{"state", KEY_CUSTOM, .parse = parse_states,
	 .help = "States of the connection, as in LISTEN, SYN-RECEIVED or not LISTEN. LISTEN means "
		 "that no connection exists."},
	{"where", KEY_CUSTOM, .parse = parse_where,
	 .help = "Comparisons of expressions, as in snd.wnd = 0, rcv.nxt-irs > 1000."},
	{"client", KEY_CUSTOM, .parse = parse_client,
	 .help = "Clients: an address, a prefix, ipv4 or ipv6; with 'not' before it, all other "
		 "clients."},
	{"probability", KEY_CUSTOM, .parse = parse_probability,
	 .help = "Probability with which the rule acts, as in 0.25 or 25%."},
};

const size_t condition_keys_count = COUNT_OF(condition_keys);

#define FIELD(member) .offset = offsetof(struct rule, member)

const struct key rule_keys[] = {
	{"on", KEY_CUSTOM, .parse = parse_on,
	 .help = "The trigger: receive CLASS, send CLASS, enter STATE, or after, every or idle "
		 "DURATION in STATE."},
	{"if", KEY_OTHER, .help = "Conditions. The rule acts if all of them are true."},
	{"set", KEY_OTHER, .help = "Fields of the segment to overwrite."},
	{"duplicate", KEY_NUMBER, FIELD(duplicate), .size = 4, .max = "1000",
	 .help = "Number of additional copies of the segment."},
	{"delay", KEY_DURATION, FIELD(delay), .max = "24h",
	 .help = "Time by which the segment is sent later. The timers of the TCP do not wait."},
	{"jitter", KEY_DURATION, FIELD(jitter), .max = "1h",
	 .help = "Upper bound of a random time added to 'delay' or 'hold', for each segment."},
	{"hold", KEY_DURATION, FIELD(hold), .has_offset = offsetof(struct rule, has_hold),
	 .max = "24h",
	 .help = "Time by which the TCP receives the segment later. Retransmissions of it are "
		 "discarded."},
	{"drop", KEY_BOOL, FIELD(drop), .help = "Discard the segment."},
	{"split", KEY_CUSTOM, .parse = rule_parse_split,
	 .help = "Cut the payload into segments of N octets, or into N pieces."},
	{"spacing", KEY_DURATION, FIELD(split.spacing), .max = "24h",
	 .help = "Interval between the pieces."},
	{"reorder", KEY_CUSTOM, .parse = rule_parse_order,
	 .help = "Order of the matching segments that are sent at one time: reverse or swap."},
	{"counts", KEY_BOOL, FIELD(counts),
	 .help = "Octets that 'set' and 'emit' add belong to the stream: the client may "
		 "acknowledge them."},
	{"stale", KEY_BOOL, FIELD(stale),
	 .help = "Send delayed segments even if the client has acknowledged their octets "
		 "meanwhile."},
	{"emit", KEY_OTHER, .help = "Segments and ICMP messages to send in addition."},
	{"remember", KEY_CUSTOM, .parse = rule_parse_remember,
	 .help = "Record the values of all names for a scope: connection, attempt, tuple, client "
		 "or endpoint."},
	{"machine", KEY_OTHER, .help = "Operations on the connection, as in close or silence 3s."},
};

const size_t rule_keys_count = COUNT_OF(rule_keys);

static bool has(config_setting_t *group, const char *name)
{
	return config_setting_get_member(group, name) != NULL;
}

static void refuse(const struct schema_reader *r, config_setting_t *rule, const char *name,
		   const char *message)
{
	config_setting_t *s = config_setting_get_member(rule, name);

	if (s)
		schema_error(r, s, "%s", message);
}

/* Reports emits that require a segment of the responder, which only `send` rules have. */
static void check_emits(const struct schema_reader *r, config_setting_t *setting,
			const struct rule *rule)
{
	for (unsigned i = 0; rule->trigger != ON_SEND && i < rule->emits; i++)
		if (rule->emit[i].is_copy || rule->emit[i].before)
			refuse(r, setting, "emit",
			       "'copy' and 'before' require a 'send' rule: this trigger has no "
			       "segment of the responder");
}

/* Reports fields that only sent segments have. */
static void check_set(const struct schema_reader *r, config_setting_t *setting,
		      const struct rule *rule)
{
	if (rule->trigger != ON_SEND && rule->set.ip && rule->set.ip->extras.parts)
		refuse(r, setting, "set",
		       "IP options, extension headers, trailers and fragments require a 'send' "
		       "rule");
	if (rule->trigger == ON_RECEIVE && rule->set.fields & (SET_SPORT | SET_SADDR))
		refuse(r, setting, "set",
		       "'sport' and 'saddr' require a 'send' rule: the answer to a received "
		       "segment goes to its source");
}

/* Reports a rule without actions, and actions that the trigger does not permit. */
static void check_actions(const struct schema_reader *r, config_setting_t *setting,
			  const struct rule *rule)
{
	static const char *const of_segment[] = {"set",  "duplicate", "delay", "jitter",
						 "hold", "drop",      "split", "reorder"};
	static const char *const of_sent[] = {"split", "spacing", "reorder"};
	static const char *const actions[] = {"set",  "duplicate", "delay",  "jitter",
					      "hold", "drop",      "split",  "reorder",
					      "emit", "remember",  "machine"};
	bool any = false;

	for (size_t i = 0; i < COUNT_OF(actions); i++)
		any |= has(setting, actions[i]);
	if (!any)
		schema_error(r, setting,
			     "missing action: expected set, duplicate, delay, jitter, hold, drop, "
			     "split, "
			     "reorder, emit, remember or machine");
	if (rule->trigger == ON_RECEIVE)
		refuse(r, setting, "delay",
		       "requires a 'send' rule: use 'hold' to keep a received segment from the "
		       "machine");
	if (rule->trigger == ON_SEND)
		refuse(r, setting, "hold",
		       "requires a 'receive' rule: use 'delay' to delay a sent segment");
	for (size_t i = 0; rule->trigger == ON_RECEIVE && i < COUNT_OF(of_sent); i++)
		refuse(r, setting, of_sent[i],
		       "requires a 'send' rule: a received segment stays whole");
	if (has(setting, "split"))
		refuse(r, setting, "duplicate",
		       "unexpected beside 'split': write it in another rule, after this one");
	else
		refuse(r, setting, "spacing", "requires 'split'");
	if (!has(setting, "delay") && !has(setting, "emit"))
		refuse(r, setting, "stale", "requires 'delay' or 'emit'");
	check_emits(r, setting, rule);
	check_set(r, setting, rule);
	for (size_t i = 0; rule->trigger >= ON_ENTER && i < COUNT_OF(of_segment); i++)
		refuse(r, setting, of_segment[i],
		       "requires a 'receive' or 'send' rule: this trigger has no segment");
}

void rule_compile(const struct schema_reader *r, config_setting_t *setting, struct rule *out)
{
	const struct key_table keys = {rule_keys, COUNT_OF(rule_keys), out};
	const struct key_table conditions[] = {
		{condition_keys, COUNT_OF(condition_keys), &out->cond},
		rule_when_table(&out->cond),
	};
	config_setting_t *part;

	schema_read(r, setting, &keys, 1);
	if (!config_setting_is_group(setting))
		return;
	part = config_setting_get_member(setting, "if");
	if (part)
		schema_read(r, part, conditions, COUNT_OF(conditions));
	if (part && config_setting_is_group(part) && !has(part, "nth"))
		refuse(r, part, "per", "requires 'nth': 'per' is the scope of its count");
	part = config_setting_get_member(setting, "set");
	if (part)
		rule_compile_set(r, part, &out->set);
	part = config_setting_get_member(setting, "emit");
	if (part)
		rule_compile_emit(r, part, out);
	part = config_setting_get_member(setting, "machine");
	if (part)
		rule_compile_machine(r, part, out);
	if (has(setting, "on"))
		check_actions(r, setting, out);
	else
		schema_error(r, setting,
			     "missing key 'on': expected a trigger, as in on = \"receive SYN\"");
	rule_check_when(r, setting, out);
}
