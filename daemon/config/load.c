/* SPDX-License-Identifier: MIT */
#include "config/load.h"

#include "base/container.h"
#include "base/text.h"
#include "config/config_keys.h"
#include "config/suites.h"
#include "schema/source.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

config_t *config_parse_file(const char *path, struct diag *diag)
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
	diag_error(
		diag, path, (unsigned)config_error_line(file), NULL, "syntax error: %s",
		strcmp(what, "syntax error") == 0
			? "expected KEY = VALUE, and no comma before a closing bracket; the error "
			  "may be on the line before"
			: what);
	config_destroy(file);
	free(file);
	return NULL;
}

/* Reports keys that a loaded file must not have. Their values are read elsewhere. */
static void check_loaded(const struct config *c, config_t *file, struct diag *diag)
{
	const struct schema_reader r = {.diag = diag, .groups = c->catalogue.groups};
	struct key *loaded = xcalloc(config_keys_count, sizeof(*loaded));
	struct key_table table = {.keys = loaded};

	for (size_t i = 0; i < config_keys_count; i++)
		if (config_keys[i].flags & CONFIG_LOADED)
			loaded[table.count++] = config_keys[i];
	schema_read(&r, config_root_setting(file), &table, 1);
	free(loaded);
}

static bool is_file(const char *path, const struct stat *file)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_dev == file->st_dev && st.st_ino == file->st_ino;
}

/* Returns true if the file was loaded, under any name: a symbolic link in conf.d may point to a
 * file that is also named. */
static bool loaded_already(const struct config *c, const char *path)
{
	struct stat file;

	if (stat(path, &file) < 0)
		return false;
	for (unsigned i = 0; i < c->catalogue.files; i++)
		if (is_file(c->catalogue.path[i], &file))
			return true;
	return is_file(c->path, &file);
}

static bool add_file(struct config *c, const char *path, struct diag *diag)
{
	config_t *file;

	if (loaded_already(c, path))
		return true;
	file = config_parse_file(path, diag);
	if (!file)
		return false;
	check_loaded(c, file, diag);
	catalogue_add(&c->catalogue, file, path, diag);
	config_read_suites(c, config_root_setting(file), c->catalogue.path[c->catalogue.files - 1],
			   diag);
	return true;
}

/* Returns `pattern` within a directory. The first `len` octets of `directory` are its path, with
 * the final slash; special characters in the path are escaped. The caller frees the result. */
static char *pattern_in(const char *directory, size_t len, const char *pattern)
{
	struct text out = {0};

	for (const char *p = directory; p < directory + len; p++) {
		if (strchr("*?[\\", *p))
			text_add(&out, "\\");
		text_addn(&out, p, 1);
	}
	text_add(&out, pattern);
	return out.s;
}

/* Returns a pattern of `load` relative to the directory of the main file. The caller frees the
 * result. */
static char *beside(const char *path, const char *pattern)
{
	const char *slash = strrchr(path, '/');
	size_t directory = pattern[0] != '/' && slash ? (size_t)(slash + 1 - path) : 0;

	return pattern_in(path, directory, pattern);
}

/* Returns true if the pattern may match no file, because its directory exists. */
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

/* Adds all matching files. *found is their number. Returns false if one could not be parsed. */
static bool add_matching(struct config *c, const char *pattern, size_t *found, struct diag *diag)
{
	bool complete = true;
	glob_t matching;

	if (glob(pattern, 0, NULL, &matching) != 0)
		matching.gl_pathc = 0;
	for (size_t i = 0; i < matching.gl_pathc; i++)
		complete &= add_file(c, matching.gl_pathv[i], diag);
	*found = matching.gl_pathc;
	globfree(&matching);
	return complete;
}

/* State while files are loaded. */
struct loading {
	struct config *config;
	struct diag *diag;
};

/* Loads one pattern of `load`. */
static bool load_pattern(void *arg, config_setting_t *s)
{
	const struct loading *l = arg;
	const struct schema_reader r = {.diag = l->diag};
	const char *written = config_setting_get_string(s);
	bool complete;
	char *pattern;
	size_t found;

	if (!written) {
		schema_error(&r, s, "expected a file or a pattern in quotes");
		return false;
	}
	pattern = beside(l->config->path, written);
	complete = add_matching(l->config, pattern, &found, l->diag);
	if (!found && !may_be_empty(pattern)) {
		schema_error(&r, s, "no file matches '%s'", pattern);
		complete = false;
	}
	free(pattern);
	return complete;
}

static bool load_shipped(struct config *c, const char *shipped, struct diag *diag)
{
	static const char *const patterns[] = {"/behaviours/*.conf", "/suites/*.conf",
					       "/profiles/*.conf"};
	bool complete = true;

	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		char *pattern = pattern_in(shipped, strlen(shipped), patterns[i]);
		size_t found;

		complete &= add_matching(c, pattern, &found, diag);
		if (!found) {
			diag_error(
				diag, c->path, 0, "load",
				"missing shipped file '%s': install it, or name the files to load",
				pattern);
			complete = false;
		}
		free(pattern);
	}
	return complete;
}

bool config_load_files(struct config *c, config_setting_t *root, const char *shipped,
		       struct diag *diag)
{
	config_setting_t *s = config_setting_get_member(root, "load");
	struct loading l = {c, diag};

	if (s)
		return schema_each_value(s, load_pattern, &l);
	return !shipped || load_shipped(c, shipped, diag);
}
