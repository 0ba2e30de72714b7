/* SPDX-License-Identifier: MIT */
#include "catalogue/compile.h"

#include "base/text.h"
#include "catalogue/compile_choose.h"
#include "catalogue/compile_rule.h"
#include "catalogue/compile_use.h"
#include "catalogue/conflicts.h"
#include "catalogue/multiplied.h"
#include "catalogue/parameters.h"
#include "tcp/settings.h"
#include "trace/label.h"

#include <stdlib.h>
#include <string.h>

#define JOINED_MAX 32 /* behaviours in one ruleset */
#define DEPTH_MAX  8  /* depth of `extends` */

/* The state of a compilation. */
struct compilation {
	const struct catalogue *catalogue;
	struct ruleset *rules;
	struct diag *diag;
	const char *file; /* where to report errors, with `line` and `key` */
	unsigned line;
	const char *key;
	const char *at; /* the position in the text */
	unsigned joined;
	const struct behaviour *behaviour[JOINED_MAX]; /* the joined behaviours, in order */
	unsigned depth;                                /* levels of `extends` above the text */
	bool is_choice;                                /* the text is one of several alternatives */
	bool is_definition;        /* the text is a definition, not yet at an endpoint */
	const char *text;          /* the whole text */
	const char *chooser, *end; /* begin and end, in the text, of the behaviour with `choose`;
				      NULL: there is none */
	uint16_t label;            /* label of the behaviour with `choose` */
	struct choosing choosing;  /* its key `choose` */
};

static bool fail(struct compilation *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct compilation *c, const char *fmt, ...)
{
	struct text message = {0};
	va_list ap;

	va_start(ap, fmt);
	text_addv(&message, fmt, ap);
	va_end(ap);
	diag_error(c->diag, c->file, c->line, c->key, "%s", text_str(&message));
	text_free(&message);
	return false;
}

static void add_rules(const struct schema_reader *r, const struct behaviour *b, struct ruleset *rs)
{
	int count = b->rules ? config_setting_length(b->rules) : 0;

	if (!count)
		return;
	rs->rule = xrealloc(rs->rule, (rs->rules + (size_t)count) * sizeof(*rs->rule));
	for (int i = 0; i < count; i++) {
		struct rule *rule = &rs->rule[rs->rules];

		*rule = (struct rule){.label = label_intern(b->name), .slot = (uint16_t)rs->rules};
		rs->rules++;
		rule_compile(r, config_setting_get_elem(b->rules, (unsigned)i), rule);
		rs->by_trigger[rule->trigger]++;
	}
}

static void warn_conflicts(const struct compilation *c)
{
	conflicts_warn(c->behaviour, c->joined, c->rules, c->diag, c->file, c->line, c->key);
}

static void compile_joined(struct compilation *c);

/* Compiles the behaviours of `extends` before the behaviour itself, with the values of its
 * parameters. */
static void add_extended(struct compilation *c, const struct behaviour *b, struct arguments *a)
{
	struct compilation base = *c;
	char *wrong = NULL, *text = arguments_expand(a, b->extends, &wrong);
	unsigned errors = c->diag->errors;

	base.at = text;
	base.joined = 0;
	base.depth++;
	if (!text)
		fail(c, "%s: %s", b->name, wrong);
	else if (base.depth > DEPTH_MAX)
		fail(c, "%s: extends itself, or more than %d other behaviours", b->name, DEPTH_MAX);
	else
		compile_joined(&base);
	if (c->is_definition && !c->depth && base.joined > 1 && c->diag->errors == errors)
		warn_conflicts(&base);
	free(wrong);
	free(text);
}

/* Records a behaviour with `choose`; compile_alternatives() replaces it by its alternatives. */
static void add_choice(struct compilation *c, const struct schema_reader *r,
		       const struct behaviour *b)
{
	if (c->choosing.count || c->is_choice || c->depth) {
		fail(c,
		     "%s: unexpected 'choose': at most one of the joined behaviours has it, and "
		     "none in 'extends' or 'among'",
		     b->name);
		return;
	}
	c->label = label_intern(b->name);
	choosing_read(r, b->choose, &c->choosing);
}

static void add_behaviour(struct compilation *c, const struct schema_reader *r,
			  const struct behaviour *b, struct arguments *a)
{
	if (b->choose)
		add_choice(c, r, b);
	if (b->extends)
		add_extended(c, b, a);
	/* The settings of all joined behaviours apply to the rules of each. */
	use_compile(r, b, c->rules);
	add_rules(r, b, c->rules);
}

static struct ruleset *ruleset_new(const char *text, const struct tcp_settings *tcp,
				   const struct service *service)
{
	struct ruleset *rs = xcalloc(1, sizeof(*rs));

	rs->tcp = *tcp;
	service_copy(service, &rs->service);
	rs->text = xstrdup(text);
	rs->references = 1;
	return rs;
}

static void skip_blanks(struct compilation *c)
{
	c->at += strspn(c->at, " \t");
}

static bool take(struct compilation *c, char what)
{
	skip_blanks(c);
	if (*c->at != what)
		return false;
	c->at++;
	return true;
}

static char *take_name(struct compilation *c)
{
	size_t len;
	char *name;

	skip_blanks(c);
	len = strspn(c->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
	name = xasprintf("%.*s", (int)len, c->at);
	c->at += len;
	return name;
}

/* Takes "…" with \" for a quote inside; the parser of the value handles other escapes. Returns
 * NULL, and reports an error, if the closing quote is missing. */
static char *take_quoted(struct compilation *c)
{
	struct text value = {0};

	text_add(&value, "");
	for (c->at++; *c->at && *c->at != '"'; c->at++) {
		if (c->at[0] == '\\' && c->at[1] == '"')
			c->at++;
		else if (c->at[0] == '\\' && c->at[1])
			text_addn(&value, c->at++, 1);
		text_addn(&value, c->at, 1);
	}
	if (*c->at == '"') {
		c->at++;
		return value.s;
	}
	text_free(&value);
	fail(c, "missing \" at the end of the value");
	return NULL;
}

/* Takes a value up to one of `ends`, without the blanks around it. Returns NULL if an error was
 * reported. */
static char *take_value(struct compilation *c, const char *ends)
{
	const char *begin;
	size_t len;

	skip_blanks(c);
	if (*c->at == '"')
		return take_quoted(c);
	begin = c->at;
	len = strcspn(begin, ends);
	c->at += len;
	while (len && (begin[len - 1] == ' ' || begin[len - 1] == '\t'))
		len--;
	return xasprintf("%.*s", (int)len, begin);
}

/* Takes the value of the parameter `name`, or of the first parameter if `name` is NULL. */
static bool take_argument(struct compilation *c, struct arguments *a, const char *name,
			  const char *ends)
{
	char *value = take_value(c, ends), *wrong = NULL;
	bool set;

	if (!value)
		return false;
	set = arguments_set(a, name, value, &wrong);
	if (!set)
		fail(c, "%s: %s", a->behaviour->name, wrong);
	free(wrong);
	free(value);
	return set;
}

/* Takes `a=1,b=2)`. */
static bool take_arguments(struct compilation *c, struct arguments *a)
{
	do {
		char *name = take_name(c);
		bool taken = *name && take(c, '=');

		if (!taken)
			fail(c, "%s: expected NAME=VALUE between the parentheses",
			     a->behaviour->name);
		taken = taken && take_argument(c, a, name, ",)");
		free(name);
		if (!taken)
			return false;
	} while (take(c, ','));
	return take(c, ')') || fail(c, "%s: expected ',' or ')' after a value", a->behaviour->name);
}

/* Adds a behaviour with the given arguments. */
static void join(struct compilation *c, const struct behaviour *b, struct arguments *a)
{
	char *subject = xasprintf("%s with these values", b->name);
	const struct schema_reader r = {
		.diag = c->diag,
		.groups = c->catalogue->groups,
		.expand = arguments_expand,
		.arg = a,
		.subject = subject,
		.file = c->file,
		.line = c->line,
		.key = c->key,
	};

	if (!b->broken)
		add_behaviour(c, &r, b, a);
	free(subject);
}

static const char *behaviour_at(size_t i, const void *arg)
{
	const struct catalogue *catalogue = arg;

	return i < catalogue->count ? catalogue->behaviour[i].name : NULL;
}

static const struct behaviour *take_behaviour(struct compilation *c)
{
	const struct behaviour *b;
	const char *near;
	char *name = take_name(c);

	b = catalogue_find(c->catalogue, name);
	if (!b && catalogue_find_reserved(c->catalogue, name)) {
		fail(c, "unknown behaviour '%s': the name is reserved for a future behaviour",
		     name);
		free(name);
		return NULL;
	}
	near = b ? NULL : suggest(name, behaviour_at, c->catalogue);
	if (!*name)
		fail(c, "expected the name of a behaviour, as in accept or synack-delay=3s");
	else if (near)
		fail(c, "unknown behaviour '%s'; did you mean '%s'?", name, near);
	else if (!b)
		fail(c, "unknown behaviour '%s'; synackd-behaviours(7) lists the behaviours", name);
	free(name);
	return b;
}

/* Takes NAME, NAME=VALUE or NAME(…). */
static bool compile_one(struct compilation *c)
{
	const char *begin = c->at;
	const struct behaviour *b = take_behaviour(c);
	struct arguments a;
	bool taken = true;

	if (!b)
		return false;
	if (c->joined == JOINED_MAX)
		return fail(c, "expected at most %d behaviours, joined by +", JOINED_MAX);
	c->behaviour[c->joined++] = b;
	arguments_init(&a, b);
	if (take(c, '='))
		taken = take_argument(c, &a, NULL, "+");
	else if (take(c, '('))
		taken = take_arguments(c, &a);
	if (taken)
		join(c, b, &a);
	if (b->choose) {
		c->chooser = begin;
		c->end = c->at;
	}
	arguments_free(&a);
	return taken;
}

static void compile_joined(struct compilation *c)
{
	do {
		if (!compile_one(c))
			return;
	} while (take(c, '+'));
	skip_blanks(c);
	if (*c->at)
		fail(c, "expected + and another behaviour, got '%s'", c->at);
}

static void compile_all(struct compilation *c)
{
	unsigned errors = c->diag->errors;

	compile_joined(c);
	if (c->diag->errors != errors)
		return;
	if (c->rules->tcp.rto_min > c->rules->tcp.rto_max)
		fail(c, "expected a 'rto_min' of at most 'rto_max'");
	else if (c->joined > 1)
		warn_conflicts(c);
	multiplied_check(c->rules, c->diag, c->file, c->line, c->key);
}

static struct ruleset *compile_text(const struct compilation *of, const char *text,
				    const struct tcp_settings *tcp, const struct service *service);

/* Compiles a ruleset for each alternative: the text, with the alternative in place of the behaviour
 * that has `choose`. */
static void compile_alternatives(struct compilation *c, const struct tcp_settings *tcp,
				 const struct service *service)
{
	const struct choosing *from = &c->choosing;
	struct choice *to = xcalloc(1, sizeof(*to));

	*to = (struct choice){.by = from->by,
			      .per = from->per,
			      .within = from->within,
			      .label = c->label,
			      .alternative = xcalloc(from->count, sizeof(*to->alternative))};
	c->rules->choice = to;
	for (unsigned i = 0; i < from->count; i++) {
		struct alternative *a = &to->alternative[to->count];
		char *text = xasprintf("%.*s%s%s", (int)(c->chooser - c->text), c->text,
				       from->item[i].text, c->end);

		a->weight = from->item[i].weight;
		a->rules = compile_text(c, text, tcp, service);
		free(text);
		if (!a->rules)
			return; /* an error was reported */
		to->weight += a->weight;
		to->count++;
	}
}

/* Compiles a text, or an alternative of `of`. Returns NULL if errors were reported. */
static struct ruleset *compile_text(const struct compilation *of, const char *text,
				    const struct tcp_settings *tcp, const struct service *service)
{
	char *named = catalogue_with_names(of->catalogue, text);
	struct compilation c = {
		.catalogue = of->catalogue,
		.rules = ruleset_new(named, tcp, service),
		.diag = of->diag,
		.file = of->file,
		.line = of->line,
		.key = of->key,
		.at = named,
		.text = named,
		.is_choice = of->choosing.count,
	};
	unsigned errors = c.diag->errors;

	compile_all(&c);
	if (c.choosing.count && c.diag->errors == errors)
		compile_alternatives(&c, tcp, service);
	choosing_free(&c.choosing);
	free(named);
	if (c.diag->errors == errors)
		return c.rules;
	ruleset_put(c.rules);
	return NULL;
}

struct ruleset *behaviour_compile(const struct catalogue *catalogue, const char *text,
				  const struct tcp_settings *tcp, const struct service *service,
				  struct diag *diag, const char *file, unsigned line,
				  const char *key)
{
	const struct compilation of = {
		.catalogue = catalogue, .diag = diag, .file = file, .line = line, .key = key};

	return compile_text(&of, text, tcp, service);
}

void behaviour_check(const struct catalogue *catalogue, struct behaviour *b, struct diag *diag)
{
	const struct service no_service = {0};
	char *key = xasprintf("behaviours.%s.%s", b->name, b->choose ? "choose" : "extends");
	struct tcp_settings settings;
	struct arguments arguments;
	unsigned errors = diag->errors;
	struct compilation c = {.catalogue = catalogue,
				.diag = diag,
				.file = b->file,
				.line = b->line,
				.key = key,
				.is_definition = true,
				.text = b->name,
				.chooser = b->name,
				.end = ""};
	const struct schema_reader r = {.diag = diag,
					.groups = catalogue->groups,
					.expand = arguments_expand,
					.arg = &arguments};

	tcp_settings_default(&settings);
	arguments_init(&arguments, b);
	c.rules = ruleset_new(b->name, &settings, &no_service);
	add_behaviour(&c, &r, b, &arguments);
	if (c.choosing.count && diag->errors == errors)
		compile_alternatives(&c, &settings, &no_service);
	if (diag->errors == errors)
		multiplied_check(c.rules, diag, b->file, b->line, b->name);
	choosing_free(&c.choosing);
	ruleset_put(c.rules);
	arguments_free(&arguments);
	free(key);
	b->broken = diag->errors != errors;
}
