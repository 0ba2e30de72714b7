/* SPDX-License-Identifier: MIT */
#include "catalogue/catalogue.h"

#include "base/container.h"
#include "base/text.h"
#include "catalogue/parameters.h"
#include "schema/schema.h"

#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define DIGITS          "0123456789"
#define FIELD(member)   .offset = offsetof(struct behaviour, member)

const struct key behaviour_keys[] = {
	{"number", KEY_NUMBER, FIELD(number), .size = 4, .min = "1", .max = "65535",
	 .help = "Permanent number. The behaviour's port in a catalogue is base + number; without "
		 "a number it has none."},
	{"summary", KEY_TEXT, FIELD(summary),
	 .help = "The actions of the responder, in a few words."},
	{"reference", KEY_TEXT, FIELD(reference), .help = "The RFC clauses that it concerns."},
	{"client", KEY_TEXT, FIELD(client), .help = "The reaction of a conforming client."},
	{"reveals", KEY_TEXT, FIELD(reveals), .help = "The class of bugs that it reveals."},
	{"extends", KEY_TEXT, FIELD(extends), .min = "1",
	 .help = "Behaviours that it begins with, written as for an endpoint: synack-delay=$time."},
	{"parameters", KEY_OTHER,
	 .help = "Parameters. A $NAME in the other keys is replaced by the value of parameter "
		 "NAME."},
	{"choose", KEY_OTHER,
	 .help = "A choice among behaviours, one for each connection attempt. It excludes extends, "
		 "use and rules."},
	{"use", KEY_OTHER,
	 .help = "Settings of the connection's TCP and of its service, in force from the first "
		 "segment."},
	{"rules", KEY_OTHER,
	 .help = "Rules: each has a trigger, conditions, and actions on segments or on the "
		 "connection."},
};

const size_t behaviour_keys_count = COUNT_OF(behaviour_keys);

const struct behaviour *catalogue_find(const struct catalogue *c, const char *name)
{
	bool is_number = *name && !name[strspn(name, DIGITS)];
	unsigned long number = is_number ? strtoul(name, NULL, 10) : 0;

	for (unsigned i = 0; i < c->count; i++)
		if (number ? c->behaviour[i].number == number
			   : strcmp(c->behaviour[i].name, name) == 0)
			return &c->behaviour[i];
	return NULL;
}

/* Returns the end of the behaviour at `s` with its values: the next + outside quotes and
 * parentheses, or the end of the text. */
static const char *joined_end(const char *s)
{
	unsigned open = 0;
	bool quoted = false;

	for (; *s && (*s != '+' || quoted || open); s++) {
		if (quoted && s[0] == '\\' && s[1])
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted && *s == '(')
			open++;
		else if (!quoted && *s == ')' && open)
			open--;
	}
	return s;
}

bool catalogue_is_joined(const char *text, const char *name)
{
	size_t len = strlen(name);

	while (*text) {
		const char *at = text + strspn(text, " \t");

		if (strncmp(at, name, len) == 0 && strchr(" \t=(+", at[len]))
			return true;
		text = joined_end(text);
		text += *text == '+';
	}
	return false;
}

char *catalogue_with_names(const struct catalogue *c, const char *text)
{
	struct text out = {0};

	text_add(&out, "");
	while (*text) {
		size_t blanks = strspn(text, " \t"), digits = strspn(text + blanks, DIGITS);
		char *number = xasprintf("%.*s", (int)digits, text + blanks);
		const char *behind = text + blanks + digits;
		const struct behaviour *b =
			digits && strchr(" \t=(+", *behind) ? catalogue_find(c, number) : NULL;
		const char *end = joined_end(text);

		end += *end == '+';
		text_addn(&out, text, blanks);
		if (b)
			text_add(&out, b->name);
		else
			behind = text + blanks;
		text_addn(&out, behind, (size_t)(end - behind));
		free(number);
		text = end;
	}
	return out.s;
}

const struct reservation *catalogue_find_reserved(const struct catalogue *c, const char *name)
{
	for (unsigned i = 0; i < c->reserved; i++)
		if (strcmp(c->reservation[i].name, name) == 0)
			return &c->reservation[i];
	return NULL;
}

static void behaviour_free(struct behaviour *b)
{
	parameters_free(b);
	free(b->name);
	free(b->summary);
	free(b->reference);
	free(b->client);
	free(b->reveals);
	free(b->extends);
}

static void read_parts(const struct schema_reader *r, config_setting_t *group, struct behaviour *b)
{
	config_setting_t *parameters = config_setting_get_member(group, "parameters");

	if (parameters)
		parameters_read(r, parameters, b);
	b->choose = config_setting_get_member(group, "choose");
	b->use = config_setting_get_member(group, "use");
	b->rules = config_setting_get_member(group, "rules");
	if (b->rules && !config_setting_is_list(b->rules)) {
		schema_error(r, b->rules, "expected a list, ( { on = \"receive SYN\"; … } )");
		b->rules = NULL;
	}
	if (b->choose && (b->extends || b->use || b->rules))
		schema_error(r, b->choose,
			     "unexpected 'extends', 'use' or 'rules' beside 'choose': join other "
			     "behaviours with + instead");
}

static void read_behaviour(const struct schema_reader *r, config_setting_t *group, const char *path,
			   struct behaviour *b)
{
	const struct key_table table = {behaviour_keys, COUNT_OF(behaviour_keys), b};
	unsigned errors = r->diag->errors;

	b->name = xstrdup(config_setting_name(group));
	b->file = path;
	b->line = config_setting_source_line(group);
	if (b->name[strspn(b->name, NAME_CHARACTERS)])
		schema_error(r, group, "expected a name of lower-case letters, digits and -");
	schema_read(r, group, &table, 1);
	if (config_setting_is_group(group)) {
		if (!config_setting_get_member(group, "summary"))
			schema_error(r, group, "missing key 'summary'");
		read_parts(r, group, b);
	}
	b->broken = r->diag->errors != errors;
}

static void add_behaviours(struct catalogue *c, config_setting_t *group, const char *path,
			   struct diag *diag)
{
	const struct schema_reader r = {.diag = diag, .groups = c->groups};
	int count = config_setting_length(group);

	if (!config_setting_is_group(group)) {
		schema_error(&r, group, "expected a group, { NAME = { summary = …; … }; }");
		return;
	}
	if (count)
		c->behaviour =
			xrealloc(c->behaviour, (c->count + (size_t)count) * sizeof(*c->behaviour));
	for (int i = 0; i < count; i++) {
		config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		const struct behaviour *same = catalogue_find(c, config_setting_name(s));

		if (same) {
			schema_error(&r, s,
				     "duplicate behaviour: defined at %s:%u: choose another name; "
				     "'extends' can include the existing one",
				     same->file, same->line);
			continue;
		}
		c->behaviour[c->count] = (struct behaviour){0};
		read_behaviour(&r, s, path, &c->behaviour[c->count]);
		c->count++;
	}
}

static void read_reservation(const struct schema_reader *r, config_setting_t *s, const char *path,
			     struct reservation *out)
{
	const struct key number = {"number", KEY_NUMBER, .size = 4, .min = "1", .max = "65535"};
	char *value = schema_value(r, s), *wrong = NULL;

	*out = (struct reservation){.name = xstrdup(config_setting_name(s)),
				    .file = path,
				    .line = config_setting_source_line(s)};
	if (value && !key_read(&number, value, &out->number, &wrong))
		schema_error(r, s, "%s", wrong);
	free(wrong);
	free(value);
}

static void add_reservations(struct catalogue *c, config_setting_t *group, const char *path,
			     struct diag *diag)
{
	const struct schema_reader r = {.diag = diag, .groups = c->groups};
	int count = config_setting_length(group);

	if (!config_setting_is_group(group)) {
		schema_error(&r, group, "expected a group, { NAME = NUMBER; }");
		return;
	}
	if (count)
		c->reservation = xrealloc(c->reservation,
					  (c->reserved + (size_t)count) * sizeof(*c->reservation));
	for (int i = 0; i < count; i++)
		read_reservation(&r, config_setting_get_elem(group, (unsigned)i), path,
				 &c->reservation[c->reserved++]);
}

void catalogue_add(struct catalogue *c, config_t *file, const char *path, struct diag *diag)
{
	config_setting_t *group = config_lookup(file, "behaviours");
	config_setting_t *reserved = config_lookup(file, "reserved");

	c->file = xrealloc(c->file, (c->files + 1) * sizeof(*c->file));
	c->path = xrealloc(c->path, (c->files + 1) * sizeof(*c->path));
	c->file[c->files] = file;
	c->path[c->files] = xstrdup(path);
	if (group)
		add_behaviours(c, group, c->path[c->files], diag);
	if (reserved)
		add_reservations(c, reserved, c->path[c->files], diag);
	c->files++;
}

void catalogue_free(struct catalogue *c)
{
	for (unsigned i = 0; i < c->count; i++)
		behaviour_free(&c->behaviour[i]);
	for (unsigned i = 0; i < c->reserved; i++)
		free(c->reservation[i].name);
	for (unsigned i = 0; i < c->files; i++) {
		config_destroy(c->file[i]);
		free(c->file[i]);
		free(c->path[i]);
	}
	free(c->behaviour);
	free(c->reservation);
	free(c->file);
	free(c->path);
	*c = (struct catalogue){0};
}
