/* SPDX-License-Identifier: MIT */
#include "catalogue/compile_when.h"

#include "base/container.h"
#include "base/text.h"
#include "catalogue/compile_value.h"
#include "wire/notation_parse.h"

#include <stdlib.h>
#include <string.h>

/* In the order of enum option_bit. */
static const char *const options[] = {"mss", "wscale", "sackOK", "sack",
				      "TS",  "FO",     "MPTCP",  "other"};

_Static_assert(1u << (COUNT_OF(options) - 1) == HAS_OTHER, "options follows enum option_bit");

/* Adds an option, or letters of flags. Returns false if the word is neither. */
static bool add_marks(struct marks *m, const char *word)
{
	uint16_t flags = 0;
	char *error = NULL;

	for (size_t i = 0; i < COUNT_OF(options); i++) {
		if (strcmp(options[i], word) == 0) {
			m->options |= (uint8_t)(1u << i);
			return true;
		}
	}
	if (!flags_parse(word, &flags, &error)) {
		free(error);
		return false;
	}
	m->flags |= (uint8_t)flags;
	m->ae = m->ae || flags & TCP_AE;
	return true;
}

static bool parse_marks(const char *text, struct marks *out, char **wrong)
{
	const char *at = text;

	for (;;) {
		size_t len;
		char *word;
		bool right;

		at += strspn(at, " ");
		len = strcspn(at, ", ");
		word = xasprintf("%.*s", (int)len, at);
		right = add_marks(out, word);
		free(word);
		at += len;
		at += strspn(at, " ");
		if (!right || (*at && *at != ','))
			break;
		if (!*at++)
			return true;
	}
	return text_expected(wrong, text,
			     "flags and options separated by commas, as in EW, AE, TS (options: "
			     "mss, wscale, sackOK, sack, TS, FO, MPTCP, other)");
}

static bool parse_with(const char *text, void *target, char **wrong)
{
	return parse_marks(text, &((struct rule_condition *)target)->with, wrong);
}

static bool parse_without(const char *text, void *target, char **wrong)
{
	return parse_marks(text, &((struct rule_condition *)target)->without, wrong);
}

static bool parse_syn_with(const char *text, void *target, char **wrong)
{
	struct rule_condition *c = target;

	c->has_syn = true;
	return parse_marks(text, &c->syn_with, wrong);
}

static bool parse_syn_without(const char *text, void *target, char **wrong)
{
	struct rule_condition *c = target;

	c->has_syn = true;
	return parse_marks(text, &c->syn_without, wrong);
}

/* Adds the span `on 5s` or `off 300ms`, the first `len` characters of the text. */
static bool add_span(struct rule_schedule *s, const char *text, size_t len)
{
	bool on = strncmp(text, "on ", 3) == 0;
	size_t skip = on ? 3 : 4;
	nstime length = 0;
	char *duration;

	if (s->spans == SCHEDULE_MAX || (!on && strncmp(text, "off ", 4) != 0) || len < skip)
		return false;
	duration = xasprintf("%.*s", (int)(len - skip), text + skip);
	if (!duration_parse(duration, &length))
		length = 0;
	free(duration);
	if (!length)
		return false;
	s->on |= (uint16_t)(on << s->spans);
	s->end[s->spans] = length + (s->spans ? s->end[s->spans - 1] : 0);
	s->spans++;
	return true;
}

static bool parse_schedule(const char *text, void *target, char **wrong)
{
	struct rule_condition *c = target;
	struct rule_schedule s = {0};
	const char *at = text;

	for (;;) {
		size_t len;

		at += strspn(at, " ");
		len = strcspn(at, ",");
		if (!add_span(&s, at, len))
			return text_expected(wrong, text,
					     "at most %d spans of time separated by commas, as in "
					     "'on 5s, off 300ms'",
					     SCHEDULE_MAX);
		at += len;
		if (!*at)
			break;
		at++;
	}
	free(c->schedule);
	c->schedule = xcalloc(1, sizeof(s));
	*c->schedule = s;
	return true;
}

static bool parse_remembered(const char *text, void *target, char **wrong)
{
	struct rule_condition *c = target;

	c->has_old = true;
	return rule_scope_parse(text, &c->per_old, wrong);
}

const struct key when_keys[] = {
	{"with", KEY_CUSTOM, .parse = parse_with,
	 .help = "The segment has all of these flags and options, as in S, AE, TS."},
	{"without", KEY_CUSTOM, .parse = parse_without,
	 .help = "The segment has none of these flags and options."},
	{"syn_with", KEY_CUSTOM, .parse = parse_syn_with,
	 .help = "The client's SYN had all of these flags and options."},
	{"syn_without", KEY_CUSTOM, .parse = parse_syn_without,
	 .help = "The client's SYN had none of these flags and options."},
	{"schedule", KEY_CUSTOM, .parse = parse_schedule,
	 .help = "Spans of time, repeated from when the behaviour was set: on 5s, off 300ms."},
	{"within", KEY_DURATION, .offset = offsetof(struct rule_condition, within), .min = "1ns",
	 .help = "Time after which 'nth' counts from 1 again, and a record of 'remember' expires."},
	{"remembered", KEY_CUSTOM, .parse = parse_remembered,
	 .help = "The behaviour has a record of 'remember' in this scope. Names such as old.iss "
		 "are its values."},
};

const size_t when_keys_count = COUNT_OF(when_keys);

struct key_table rule_when_table(struct rule_condition *out)
{
	return (struct key_table){when_keys, COUNT_OF(when_keys), out};
}

bool rule_parse_remember(const char *text, void *target, char **wrong)
{
	struct rule *rule = target;

	rule->has_remember = true;
	return rule_scope_parse(text, &rule->remember, wrong);
}

static bool options_are_old(const struct option_template *t)
{
	for (uint8_t i = 0; i < t->holes; i++)
		if (expr_is_old(&t->hole[i].value))
			return true;
	return false;
}

static bool set_is_old(const struct rule_set *set)
{
	return expr_is_old(&set->seq) || expr_is_old(&set->ack) || expr_is_old(&set->window) ||
	       options_are_old(&set->options) ||
	       (set->ip && set->ip->has_flow && expr_is_old(&set->ip->flow));
}

static bool notation_is_old(const struct notation *n)
{
	return expr_is_old(&n->seq) || expr_is_old(&n->ack) || expr_is_old(&n->window) ||
	       options_are_old(&n->options);
}

/* Returns true if the rule uses a name with `old.`. */
static bool rule_is_old(const struct rule *rule)
{
	bool old = set_is_old(&rule->set);

	for (unsigned i = 0; i < rule->emits; i++) {
		const struct rule_emit *e = &rule->emit[i];

		old = old || (e->over && set_is_old(e->over)) ||
		      (e->quote && set_is_old(e->quote)) ||
		      (!e->is_copy && !e->is_icmp && notation_is_old(&e->segment));
	}
	return old;
}

static bool where_is_old(const struct where *w)
{
	for (unsigned i = 0; w && i < w->count; i++)
		if (expr_is_old(&w->all[i].left) || expr_is_old(&w->all[i].right))
			return true;
	return false;
}

void rule_check_when(const struct schema_reader *r, config_setting_t *setting,
		     const struct rule *rule)
{
	const struct rule_condition *c = &rule->cond;
	config_setting_t *conditions = config_setting_get_member(setting, "if");

	if (rule_is_old(rule) && !c->has_old)
		schema_error(r, setting,
			     "missing condition 'remembered': names with 'old.' require it");
	if (!conditions)
		return;
	if (where_is_old(c->where))
		schema_error(r, conditions,
			     "unexpected 'old.' in 'where', which is tested before 'remembered'");
	if ((marks_given(&c->with) || marks_given(&c->without)) && rule->trigger != ON_RECEIVE &&
	    rule->trigger != ON_SEND)
		schema_error(r, conditions,
			     "'with' and 'without' require a 'receive' or 'send' rule: this "
			     "trigger has no segment");
	if (c->within && !c->nth.given && !c->has_old)
		schema_error(r, conditions, "'within' requires 'nth' or 'remembered'");
}
