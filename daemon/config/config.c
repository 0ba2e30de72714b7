/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include "base/text.h"
#include "catalogue/catalogue_finish.h"
#include "config/allow_list.h"
#include "config/config_keys.h"
#include "config/load.h"
#include "config/places.h"
#include "config/suites.h"

#include <stdlib.h>
#include <string.h>

/* State while a config is read. */
struct reading {
	struct config *config;
	struct diag *diag;
};

static bool read_interface(void *arg, config_setting_t *s)
{
	const struct reading *reading = arg;
	const struct schema_reader r = {.diag = reading->diag};
	struct config *c = reading->config;
	const char *name = config_setting_get_string(s);

	/* IFNAMSIZ minus its NUL */
	if (!name || !*name || strlen(name) > 15) {
		schema_error(&r, s, "expected the name of an interface, such as \"eth0\"");
		return false;
	}
	c->interface = xrealloc(c->interface, (c->interfaces + 1) * sizeof(*c->interface));
	c->interface[c->interfaces++] = xstrdup(name);
	return true;
}

/* Returns the number of loaded files. The main file is the last file of the catalogue. */
static unsigned loaded_files(const struct config *c)
{
	return c->catalogue.files - 1;
}

static config_setting_t *loaded_root(const struct config *c, unsigned i)
{
	return config_root_setting(c->catalogue.file[i]);
}

static void read_keys(struct config *c, config_setting_t *root, struct diag *diag)
{
	const struct schema_reader r = {.diag = diag, .groups = c->catalogue.groups};
	const struct key_table top = {config_keys, config_keys_count, c};
	const struct key_table control = {control_keys, control_keys_count, c};
	struct reading reading = {c, diag};
	config_setting_t *s;

	schema_read(&r, root, &top, 1);
	s = config_setting_get_member(root, "control");
	if (s)
		schema_read(&r, s, &control, 1);
	s = config_setting_get_member(root, "interfaces");
	if (s)
		schema_each_value(s, read_interface, &reading);
	config_read_clients(c, root, diag);
	for (unsigned i = 0; i < loaded_files(c); i++)
		config_add_clients(c, loaded_root(c, i), diag);
	config_read_tuns(c, root, diag);
}

/* Reads a parsed main file, and all files that it loads. */
static void read_main(struct config *c, config_t *file, const char *shipped, struct diag *diag)
{
	config_setting_t *root = config_root_setting(file);
	bool complete = config_load_files(c, root, shipped, diag);
	unsigned errors;

	catalogue_add(&c->catalogue, file, c->path, diag);
	config_read_suites(c, root, c->path, diag);
	catalogue_finish(&c->catalogue, diag);
	if (complete)
		config_check_suites(c, diag);
	read_keys(c, root, diag);
	errors = diag->errors;
	config_read_places(c, root, complete, diag);
	for (unsigned i = 0; i < loaded_files(c); i++)
		config_read_places(c, loaded_root(c, i), complete, diag);
	if (diag->errors == errors)
		config_check_places(c, diag);
}

struct config *config_load(const char *path, const char *shipped, struct diag *diag)
{
	struct config *c = xcalloc(1, sizeof(*c));
	unsigned errors = diag->errors;
	config_t *file;

	c->path = xstrdup(path);
	c->catalogue.groups = config_all_groups;
	key_defaults(config_keys, config_keys_count, c);
	key_defaults(control_keys, control_keys_count, c);
	file = config_parse_file(path, diag);
	if (file)
		read_main(c, file, shipped, diag);
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
