/* SPDX-License-Identifier: MIT */
#include "config/host_names.h"

#include "schema/schema.h"

#include <grp.h>
#include <net/if.h>
#include <pwd.h>
#include <string.h>

/* Returns a setting by its path in the main file, which is the last file of the catalogue. */
static config_setting_t *setting_of(const struct config *c, const char *path)
{
	return config_lookup(c->catalogue.file[c->catalogue.files - 1], path);
}

bool config_check_accounts(const struct config *c, struct diag *diag)
{
	const struct schema_reader r = {.diag = diag};
	bool user = !*c->user || getpwnam(c->user);
	bool group = !*c->control_group || getgrnam(c->control_group);

	if (!user)
		schema_error(&r, setting_of(c, "user"),
			     "unknown user '%s': create it, or name another", c->user);
	if (!group)
		schema_error(&r, setting_of(c, "control.group"),
			     "unknown group '%s': create it, or name another", c->control_group);
	return user && group;
}

static bool exists(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->tuns; i++)
		if (strcmp(c->tun[i].name, name) == 0)
			return true;
	return if_nametoindex(name);
}

static void warn_of(struct diag *diag, const char *file, unsigned line, const char *key,
		    const char *name)
{
	diag_warn(diag, file, line, key,
		  "missing interface '%s': 'ip link' lists the interfaces of this host; synackd "
		  "answers there once it exists",
		  name);
}

void config_check_interfaces(const struct config *c, struct diag *diag)
{
	config_setting_t *list = setting_of(c, "interfaces");

	for (unsigned i = 0; i < c->interfaces; i++)
		if (!exists(c, c->interface[i]))
			warn_of(diag, c->path, config_setting_source_line(list), "interfaces",
				c->interface[i]);
	for (unsigned i = 0; i < c->endpoints; i++) {
		const struct endpoint_config *e = &c->endpoint[i];

		if (*e->interface && !exists(c, e->interface))
			warn_of(diag, e->file, e->line, e->name, e->interface);
	}
}
