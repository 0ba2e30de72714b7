/* SPDX-License-Identifier: MIT */
#include "schema/schema.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Appends the path of a setting, as in `endpoints[0].ports`. */
static void add_path(config_setting_t *s, struct text *out)
{
	config_setting_t *parent = config_setting_parent(s);

	if (!parent)
		return;
	add_path(parent, out);
	if (config_setting_name(s))
		text_addf(out, "%s%s", out->len ? "." : "", config_setting_name(s));
	else
		text_addf(out, "[%d]", config_setting_index(s));
}

/* The type of diag_error() and diag_warn(). */
typedef void say(struct diag *d, const char *file, unsigned line, const char *key, const char *fmt,
		 ...) __attribute__((format(printf, 5, 6)));

static void say_at(say *say, const struct schema_reader *r, config_setting_t *at, const char *fmt,
		   va_list ap)
{
	const char *file = config_setting_source_file(at);
	unsigned line = config_setting_source_line(at);
	struct text path = {0}, message = {0};

	add_path(at, &path);
	text_addv(&message, fmt, ap);
	if (r->subject)
		say(r->diag, r->file, r->line, r->key, "%s: %s, at %s:%u: %s", r->subject,
		    text_str(&path), file ? file : "", line, text_str(&message));
	else
		say(r->diag, file, line, path.len ? path.s : NULL, "%s", text_str(&message));
	text_free(&path);
	text_free(&message);
}

void schema_error(const struct schema_reader *r, config_setting_t *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_at(diag_error, r, at, fmt, ap);
	va_end(ap);
}

void schema_warn(const struct schema_reader *r, config_setting_t *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_at(diag_warn, r, at, fmt, ap);
	va_end(ap);
}

static void add_scalar(config_setting_t *s, struct text *out)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_BOOL: text_add(out, config_setting_get_bool(s) ? "true" : "false"); return;
	case CONFIG_TYPE_INT: text_addf(out, "%d", config_setting_get_int(s)); return;
	case CONFIG_TYPE_INT64: text_addf(out, "%lld", config_setting_get_int64(s)); return;
	case CONFIG_TYPE_FLOAT: text_addf(out, "%.15g", config_setting_get_float(s)); return;
	default: return;
	}
}

char *schema_value(const struct schema_reader *r, config_setting_t *setting)
{
	struct text scalar = {0};
	char *wrong = NULL, *value;

	if (config_setting_type(setting) == CONFIG_TYPE_STRING) {
		const char *text = config_setting_get_string(setting);

		value = r->expand ? r->expand(r->arg, text, &wrong) : xstrdup(text);
		if (!value)
			schema_error(r, setting, "%s", wrong);
		free(wrong);
		return value;
	}
	add_scalar(setting, &scalar);
	if (!scalar.len)
		schema_error(r, setting, "expected one value, got a list or a group");
	return scalar.s;
}

struct key_names {
	const struct key_table *tables;
	size_t count;
};

static const struct key *key_at(const struct key_names *names, size_t i, void **target)
{
	for (size_t t = 0; t < names->count; t++) {
		if (i < names->tables[t].count) {
			*target = names->tables[t].target;
			return &names->tables[t].keys[i];
		}
		i -= names->tables[t].count;
	}
	return NULL;
}

static const char *key_name_at(size_t i, const void *arg)
{
	void *target;
	const struct key *key = key_at(arg, i, &target);

	return key ? key->name : NULL;
}

static void read_setting(const struct schema_reader *r, config_setting_t *s, const struct key *key,
			 void *target)
{
	char *text, *wrong = NULL;

	if (key->type == KEY_OTHER)
		return;
	if (key->type == KEY_TEXT && config_setting_type(s) != CONFIG_TYPE_STRING) {
		schema_error(r, s, "expected a string in quotes");
		return;
	}
	text = schema_value(r, s);
	if (text && !key_read(key, text, target, &wrong))
		schema_error(r, s, "%s", wrong);
	free(wrong);
	free(text);
}

static bool has_key(const struct key_group *g, const char *name)
{
	for (size_t i = 0; i < *g->count; i++)
		if (strcmp(g->keys[i].name, name) == 0)
			return true;
	return false;
}

/* Returns the groups that take the key, as in "in 'endpoints' or in 'catalogues'"; NULL if there is
 * none. The caller frees the result. */
static char *groups_of(const struct schema_reader *r, const char *name)
{
	struct text out = {0};

	for (const struct key_group *const *list = r->groups; list && *list; list++) {
		for (const struct key_group *g = *list; g->name; g++) {
			if (!has_key(g, name))
				continue;
			text_add(&out, out.len ? " or " : "");
			if (*g->name)
				text_addf(&out, "in '%s'", g->name);
			else
				text_add(&out, "at the top level of the main file");
		}
	}
	return out.s;
}

static void read_one(const struct schema_reader *r, config_setting_t *s, struct key_names *names)
{
	const struct key *key;
	const char *near;
	char *elsewhere;
	void *target;

	for (size_t i = 0; (key = key_at(names, i, &target)); i++) {
		if (strcmp(key->name, config_setting_name(s)) == 0) {
			read_setting(r, s, key, target);
			return;
		}
	}
	near = suggest(config_setting_name(s), key_name_at, names);
	elsewhere = groups_of(r, config_setting_name(s));
	schema_error(r, s, "%s key '%s'%s%s%s%s%s", elsewhere ? "unexpected" : "unknown",
		     config_setting_name(s), elsewhere ? ": it belongs " : "",
		     elsewhere ? elsewhere : "", near ? "; did you mean '" : "", near ? near : "",
		     near ? "'?" : "");
	free(elsewhere);
}

void schema_read(const struct schema_reader *r, config_setting_t *group,
		 const struct key_table *tables, size_t count)
{
	struct key_names names = {tables, count};

	if (!config_setting_is_group(group)) {
		schema_error(r, group, "expected a group, { KEY = VALUE; … }");
		return;
	}
	for (int i = 0; i < config_setting_length(group); i++)
		read_one(r, config_setting_get_elem(group, (unsigned)i), &names);
}

void schema_each_entry(config_setting_t *group, const char *name, struct diag *diag,
		       void (*read)(void *arg, config_setting_t *entry), void *arg)
{
	const struct schema_reader reader = {.diag = diag};
	config_setting_t *list = config_setting_get_member(group, name);

	if (!list)
		return;
	if (!config_setting_is_list(list)) {
		schema_error(&reader, list, "expected a list, ( { name = …; … }, { … } )");
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		read(arg, config_setting_get_elem(list, (unsigned)i));
}

bool schema_each_value(config_setting_t *values, bool (*read)(void *arg, config_setting_t *value),
		       void *arg)
{
	bool all = true;

	if (!config_setting_is_list(values) && !config_setting_is_array(values))
		return read(arg, values);
	for (int i = 0; i < config_setting_length(values); i++)
		all &= read(arg, config_setting_get_elem(values, (unsigned)i));
	return all;
}
