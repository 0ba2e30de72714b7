/* SPDX-License-Identifier: MIT */
#include "catalogue/parameters.h"

#include "base/container.h"
#include "base/text.h"
#include "catalogue/compile_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789_"

static const char *const type_names[] = {
	[PARAMETER_DURATION] = "duration",
	[PARAMETER_NUMBER] = "number",
	[PARAMETER_SEQUENCE] = "sequence",
	[PARAMETER_TEXT] = "text",
	[PARAMETER_PROBABILITY] = "probability",
	[PARAMETER_CHOICE] = "choice",
	[PARAMETER_COUNT] = NULL,
};

const char *parameter_type_name(enum parameter_type t)
{
	return type_names[t];
}

#define FIELD(member) .offset = offsetof(struct parameter, member)

const struct key parameter_keys[] = {
	{"type", KEY_CHOICE, FIELD(type), .choices = type_names,
	 .help = "duration, number, sequence, text, probability or choice."},
	{"default", KEY_OTHER,
	 .help = "Value of a parameter that is not given."}, /* KEY_OTHER, as it may be a bare
								number */
	{"min", KEY_OTHER,
	 .help = "The smallest value. For a text: its shortest length."}, /* also KEY_OTHER */
	{"max", KEY_OTHER, .help = "The largest value. For a text: its longest length."},
	{"among", KEY_TEXT, FIELD(among), .help = "The words of a choice, separated by commas."},
	{"help", KEY_TEXT, FIELD(help), .help = "Meaning, in a few words."},
};

const size_t parameter_keys_count = COUNT_OF(parameter_keys);

/* The target for a value that is only checked. */
union value {
	uint32_t number;
	nstime duration;
	char *text;
	double probability;
	uint8_t choice;
};

#define CHOICES_MAX 16

/* Splits the words of a choice. Returns the text that `words` points into; the caller frees it. */
static char *split_choices(const char *among, const char *words[static CHOICES_MAX + 1])
{
	char *text = xstrdup(among ? among : ""), *rest = text, *word;
	unsigned n = 0;

	while (n < CHOICES_MAX && (word = strsep(&rest, ","))) {
		word += strspn(word, " ");
		if (*word)
			words[n++] = word;
	}
	words[n] = NULL;
	return text;
}

static bool parse_probability(const char *text, void *target, char **wrong)
{
	union value *value = target;

	return probability_parse(text, &value->probability, wrong);
}

static bool value_fits(const struct parameter *p, const char *text, char **wrong)
{
	static const enum key_type types[] = {
		[PARAMETER_DURATION] = KEY_DURATION,  [PARAMETER_NUMBER] = KEY_NUMBER,
		[PARAMETER_SEQUENCE] = KEY_SEQUENCE,  [PARAMETER_TEXT] = KEY_TEXT,
		[PARAMETER_PROBABILITY] = KEY_CUSTOM, [PARAMETER_CHOICE] = KEY_CHOICE,
	};
	const char *words[CHOICES_MAX + 1];
	const struct key key = {p->name,         types[p->type], .size = 4,
				.min = p->min,   .max = p->max,  .parse = parse_probability,
				.choices = words};
	char *list = split_choices(p->among, words);
	union value value = {0};
	bool fits = key_read(&key, text, &value, wrong);

	if (fits && p->type == PARAMETER_TEXT)
		free(value.text);
	free(list);
	return fits;
}

/* Returns true if a bound is of the type of the parameter. The bound of a text is a length. */
static bool bound_fits(const struct parameter *p, const char *text, char **wrong)
{
	struct parameter free_of_bounds = {.name = p->name, .type = p->type};

	if (p->type == PARAMETER_TEXT)
		free_of_bounds.type = PARAMETER_NUMBER;
	return value_fits(&free_of_bounds, text, wrong);
}

static void check_parameter(const struct schema_reader *r, config_setting_t *group,
			    const struct parameter *p)
{
	char *wrong = NULL;

	if (!p->among != (p->type != PARAMETER_CHOICE))
		schema_error(r, group,
			     p->among ? "unexpected key 'among': only a choice takes it"
				      : "missing key 'among': the words of the choice");
	else if (p->min && !bound_fits(p, p->min, &wrong))
		schema_error(r, config_setting_get_member(group, "min"), "%s", wrong);
	else if (p->max && !bound_fits(p, p->max, &wrong))
		schema_error(r, config_setting_get_member(group, "max"), "%s", wrong);
	else if (!p->fallback)
		schema_error(r, group, "missing key 'default'");
	else if (!value_fits(p, p->fallback, &wrong))
		schema_error(r, config_setting_get_member(group, "default"), "%s", wrong);
	free(wrong);
}

static char *written(const struct schema_reader *r, config_setting_t *group, const char *name)
{
	config_setting_t *s = config_setting_get_member(group, name);

	return s ? schema_value(r, s) : NULL;
}

static void read_parameter(const struct schema_reader *r, config_setting_t *group,
			   struct parameter *p)
{
	const struct key_table table = {parameter_keys, COUNT_OF(parameter_keys), p};
	const char *name = config_setting_name(group);
	unsigned errors = r->diag->errors;

	p->name = xstrdup(name);
	if (name[strspn(name, NAME_CHARACTERS)])
		schema_error(r, group, "expected a name of lower-case letters, digits and _");
	schema_read(r, group, &table, 1);
	if (r->diag->errors != errors)
		return;
	if (!config_setting_get_member(group, "type")) {
		schema_error(r, group,
			     "missing key 'type': expected duration, number, sequence, text, "
			     "probability or "
			     "choice");
		return;
	}
	p->fallback = written(r, group, "default");
	p->min = written(r, group, "min");
	p->max = written(r, group, "max");
	if ((p->type == PARAMETER_PROBABILITY || p->type == PARAMETER_CHOICE) &&
	    (p->min || p->max)) {
		schema_error(r, group, "unexpected 'min' or 'max': a %s takes neither",
			     parameter_type_name(p->type));
		return;
	}
	check_parameter(r, group, p);
}

void parameters_read(const struct schema_reader *r, config_setting_t *group, struct behaviour *b)
{
	int count = config_setting_length(group);

	if (!config_setting_is_group(group)) {
		schema_error(r, group, "expected a group, { NAME = { type = …; default = …; }; }");
		return;
	}
	b->parameter = xcalloc((size_t)count, sizeof(*b->parameter));
	for (int i = 0; i < count; i++)
		read_parameter(r, config_setting_get_elem(group, (unsigned)i),
			       &b->parameter[b->parameters++]);
}

void parameters_free(struct behaviour *b)
{
	for (unsigned i = 0; i < b->parameters; i++) {
		struct parameter *p = &b->parameter[i];

		free(p->name);
		free(p->fallback);
		free(p->min);
		free(p->max);
		free(p->among);
		free(p->help);
	}
	free(b->parameter);
}

void arguments_init(struct arguments *a, const struct behaviour *b)
{
	a->behaviour = b;
	a->value = xcalloc(b->parameters, sizeof(*a->value));
	a->given = xcalloc(b->parameters, sizeof(*a->given));
	for (unsigned i = 0; i < b->parameters; i++)
		a->value[i] = xstrdup(b->parameter[i].fallback ? b->parameter[i].fallback : "");
}

void arguments_free(struct arguments *a)
{
	for (unsigned i = 0; i < a->behaviour->parameters; i++)
		free(a->value[i]);
	free(a->value);
	free(a->given);
}

static const char *parameter_at(size_t i, const void *arg)
{
	const struct behaviour *b = arg;

	return i < b->parameters ? b->parameter[i].name : NULL;
}

/* Sets *wrong to "unknown parameter 'tiem'; did you mean 'time'?", or to a list of all parameters.
 */
static bool no_such_parameter(const struct behaviour *b, const char *name, char **wrong)
{
	const char *near = suggest(name, parameter_at, b);
	struct text message = {0};

	text_addf(&message, "unknown parameter '%s'", name);
	if (near)
		text_addf(&message, "; did you mean '%s'?", near);
	for (unsigned i = 0; !near && i < b->parameters; i++)
		text_addf(&message, "%s '%s'", i ? "," : "; expected one of", b->parameter[i].name);
	*wrong = message.s;
	return false;
}

static bool parameter_index(const struct behaviour *b, const char *name, unsigned *out)
{
	for (*out = 0; *out < b->parameters; (*out)++)
		if (strcmp(b->parameter[*out].name, name) == 0)
			return true;
	return false;
}

bool arguments_set(struct arguments *a, const char *name, const char *text, char **wrong)
{
	const struct behaviour *b = a->behaviour;
	unsigned i = 0;
	char *why;

	if (b->parameters == 0) {
		*wrong = xasprintf("unexpected value: it takes no parameter");
		return false;
	}
	if (name && !parameter_index(b, name, &i))
		return no_such_parameter(b, name, wrong);
	if (a->given[i]) {
		*wrong = xasprintf("duplicate parameter '%s'", b->parameter[i].name);
		return false;
	}
	if (!value_fits(&b->parameter[i], text, &why)) {
		*wrong = xasprintf("%s: %s", b->parameter[i].name, why);
		free(why);
		return false;
	}
	free(a->value[i]);
	a->value[i] = xstrdup(text);
	a->given[i] = true;
	return true;
}

char *arguments_expand(void *arg, const char *text, char **wrong)
{
	const struct arguments *a = arg;
	struct text out = {0};
	char name[64];
	unsigned i;

	text_add(&out, "");
	while (*text) {
		size_t plain = strcspn(text, "$"), len;

		text_addn(&out, text, plain);
		text += plain;
		if (!*text)
			break;
		text++;
		len = strspn(text, NAME_CHARACTERS);
		if (!len) {
			text_add(&out, "$");
			text += *text == '$';
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)len, text);
		if (!parameter_index(a->behaviour, name, &i)) {
			no_such_parameter(a->behaviour, name, wrong);
			text_free(&out);
			return NULL;
		}
		text_add(&out, a->value[i]);
		text += len;
	}
	return out.s;
}
