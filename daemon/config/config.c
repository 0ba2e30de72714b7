/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include "base/text.h"
#include "catalogue/catalogue_finish.h"
#include "config/allow_list.h"
#include "config/config_keys.h"
#include "config/places.h"
#include "config/suites.h"
#include "schema/source.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Parse one file. NULL, and why, when it cannot be; the caller owns it, by config_destroy and free.
 */
static config_t *parse_file(const char *path, struct diag *diag)
{
	config_t *file;
	const char *what;

	if (!schema_check_source(path, diag))
		return NULL;
	file = xcalloc(1, sizeof(*file));
	config_init(file);
	if (config_read_file(file, path) == CONFIG_TRUE)
		return file;
	what = config_error_text(file);
	diag_error(diag, path, (unsigned)config_error_line(file), NULL, "syntax error: %s",
		   strcmp(what, "syntax error") == 0
			   ? "expected KEY = VALUE; and no comma before a closing bracket; look at "
			     "the line before, too"
			   : what);
	config_destroy(file);
	free(file);
	return NULL;
}

/* A file that `load` names has definitions and nothing else. */
static void check_loaded(config_t *file, struct diag *diag)
{
	static const struct key keys[] = {
		{"behaviours", KEY_OTHER, .help = "Definitions, by their names."},
		{"reserved", KEY_OTHER, .help = "Names, with numbers, for behaviours to come."},
		{"suites", KEY_OTHER, .help = "Scenarios for clients, by the suites' names."},
		{"profiles", KEY_OTHER, .help = "What is known of clients, by their names."}};
	const struct schema_reader r = {.diag = diag};
	const struct key_table table = {keys, 4, NULL};

	schema_read(&r, config_root_setting(file), &table, 1);
}

static bool loaded_already(const struct catalogue *c, const char *path)
{
	for (unsigned i = 0; i < c->files; i++)
		if (strcmp(c->path[i], path) == 0)
			return true;
	return false;
}

/* `pattern`, relative to the file that names it, whose folder is no pattern. */
static char *beside(const char *path, const char *pattern)
{
	const char *slash = strrchr(path, '/');
	struct text out = {0};

	if (pattern[0] != '/') {
		for (const char *p = path; slash && p <= slash; p++) {
			if (strchr("*?[\\", *p))
				text_add(&out, "\\");
			text_addn(&out, p, 1);
		}
	}
	text_add(&out, pattern);
	return out.s;
}

/* A pattern for the files of a directory that is there: it may have none yet. */
static bool may_be_empty(const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	char *directory;
	bool is;

	if (!slash || !strpbrk(slash, "*?["))
		return false;
	directory = xasprintf("%.*s", (int)(slash - pattern), pattern);
	is = access(*directory ? directory : "/", F_OK) == 0;
	free(directory);
	return is;
}

/* Load what one pattern of `load` names. Returns whether all of it could be read. */
static bool load_pattern(struct config *c, config_setting_t *s, struct diag *diag)
{
	const struct schema_reader r = {.diag = diag};
	const char *written = config_setting_get_string(s);
	bool complete = true;
	char *pattern;
	glob_t found;

	if (!written) {
		schema_error(&r, s, "expected a file or a pattern in quotes");
		return false;
	}
	pattern = beside(c->path, written);
	if (glob(pattern, 0, NULL, &found) != 0)
		found.gl_pathc = 0;
	if (!found.gl_pathc && !may_be_empty(pattern)) {
		schema_error(&r, s, "expected a file: there is none that matches `%s`", pattern);
		complete = false;
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		config_t *file;

		if (loaded_already(&c->catalogue, found.gl_pathv[i]))
			continue;
		file = parse_file(found.gl_pathv[i], diag);
		complete &= file != NULL;
		if (!file)
			continue;
		check_loaded(file, diag);
		catalogue_add(&c->catalogue, file, found.gl_pathv[i], diag);
		config_read_suites(c, config_root_setting(file),
				   c->catalogue.path[c->catalogue.files - 1], diag);
	}
	globfree(&found);
	free(pattern);
	return complete;
}

/* Call `each` on every entry of a list of texts, or on the one text that stands in its place. */
static bool each_text(config_setting_t *root, const char *name, struct config *c, struct diag *diag,
		      bool (*each)(struct config *c, config_setting_t *s, struct diag *diag))
{
	config_setting_t *s = config_setting_get_member(root, name);
	bool all = true;

	if (!s)
		return true;
	if (!config_setting_is_aggregate(s))
		return each(c, s, diag);
	for (int i = 0; i < config_setting_length(s); i++)
		all &= each(c, config_setting_get_elem(s, (unsigned)i), diag);
	return all;
}

static bool read_interface(struct config *c, config_setting_t *s, struct diag *diag)
{
	const struct schema_reader r = {.diag = diag};
	const char *name = config_setting_get_string(s);

	/* IFNAMSIZ, with its NUL */
	if (!name || !*name || strlen(name) > 15) {
		schema_error(&r, s, "expected the name of an interface, such as \"eth0\"");
		return false;
	}
	c->interface = xrealloc(c->interface, (c->interfaces + 1) * sizeof(*c->interface));
	c->interface[c->interfaces++] = xstrdup(name);
	return true;
}

static void read_keys(struct config *c, config_setting_t *root, struct diag *diag)
{
	const struct schema_reader r = {.diag = diag};
	const struct key_table top = {config_keys, config_keys_count, c};
	const struct key_table control = {control_keys, control_keys_count, c};
	config_setting_t *s;

	schema_read(&r, root, &top, 1);
	s = config_setting_get_member(root, "control");
	if (s)
		schema_read(&r, s, &control, 1);
	each_text(root, "interfaces", c, diag, read_interface);
	config_read_clients(c, root, diag);
	config_read_tuns(c, root, diag);
}

/* A main file that was parsed, and all that it loads. */
static void read_main(struct config *c, config_t *file, struct diag *diag)
{
	config_setting_t *root = config_root_setting(file);
	bool complete = each_text(root, "load", c, diag, load_pattern);

	catalogue_add(&c->catalogue, file, c->path, diag);
	config_read_suites(c, root, c->path, diag);
	catalogue_finish(&c->catalogue, diag);
	if (complete)
		config_check_suites(c, diag);
	read_keys(c, root, diag);
	config_read_places(c, root, complete, diag);
}

struct config *config_load(const char *path, struct diag *diag)
{
	struct config *c = xcalloc(1, sizeof(*c));
	unsigned errors = diag->errors;
	config_t *file;

	c->path = xstrdup(path);
	key_defaults(config_keys, config_keys_count, c);
	key_defaults(control_keys, control_keys_count, c);
	file = parse_file(path, diag);
	if (file)
		read_main(c, file, diag);
	if (diag->errors == errors)
		return c;
	config_free(c);
	return NULL;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < c->endpoints; i++)
		endpoint_config_release(&c->endpoint[i]);
	for (unsigned i = 0; i < c->interfaces; i++)
		free(c->interface[i]);
	for (unsigned i = 0; i < c->tuns; i++) {
		free(c->tun[i].name);
		free(c->tun[i].network);
	}
	free(c->endpoint);
	free(c->interface);
	free(c->tun);
	free(c->client);
	free(c->control_path);
	free(c->control_group);
	free(c->user);
	free(c->path);
	catalogue_free(&c->catalogue);
	suites_free(&c->suites);
	for (unsigned i = 0; i < c->profiles; i++)
		profile_release(&c->profile[i]);
	free(c->profile);
	free(c);
}
