/* SPDX-License-Identifier: MIT */
#include "runtime/restart.h"

#include "base/container.h"
#include "base/text.h"
#include "config/config_keys.h"
#include "runtime/placement.h"

#include <stdlib.h>
#include <string.h>

/* Returns the option of the command line that overrides the key, or NULL. */
static const char *option_for(const struct daemon_setup *s, const char *key)
{
	const struct {
		const char *key, *option;
		bool given;
	} options[] = {
		{"log_level", "--log-level", s->has_log_level},
		{"seed", "--seed", s->has_seed},
		{"user", "--user", s->has_user},
		{"interfaces", "--interface", s->interfaces > 0},
		{"control.path", "--control", s->has_control},
	};

	for (size_t i = 0; i < COUNT_OF(options); i++)
		if (options[i].given && strcmp(options[i].key, key) == 0)
			return options[i].option;
	return NULL;
}

/* --- interfaces that the config no longer names ----------------------------------------------- */

struct open_links {
	unsigned count;
	char *name[LINKS_MAX];
};

/* The first worker has all links that other workers have. */
static void take_names(struct responder *r, void *arg)
{
	struct open_links *open = arg;

	for (unsigned i = 0; responder_number(r) == 0 && i < responder_links(r); i++) {
		const struct link *l = responder_link(r, i);

		if (l->fd >= 0 && !l->tun)
			open->name[open->count++] = xstrdup(l->name);
	}
}

static void find_interfaces(struct daemon *d, void (*each)(void *arg, const struct restart *r),
			    void *arg)
{
	struct text in_force = {0}, wanted = {0};
	struct open_links open = {0};
	bool too_many = false;

	workers_call(d->workers, take_names, &open);
	for (unsigned i = 0; i < open.count; i++) {
		bool wants = placement_wants_link(d, open.name[i]);

		too_many |= !wants;
		text_addf(&in_force, "%s%s", i ? " " : "", open.name[i]);
		if (wants)
			text_addf(&wanted, "%s%s", wanted.len ? " " : "", open.name[i]);
		free(open.name[i]);
	}
	if (too_many)
		each(arg, &(struct restart){"interfaces", text_str(&in_force), text_str(&wanted)});
	text_free(&in_force);
	text_free(&wanted);
}

/* --- all keys --------------------------------------------------------------------------------- */

void daemon_restarts(struct daemon *d, void (*each)(void *arg, const struct restart *r), void *arg)
{
	const struct config_values *start = &d->at_start;
	struct config_values now = config_values(d->config);

	for (unsigned i = 0; i < now.count; i++)
		if (now.value[i].flags & CONFIG_RESTART &&
		    strcmp(now.value[i].text, start->value[i].text) != 0 &&
		    !option_for(d->setup, now.value[i].name))
			each(arg, &(struct restart){now.value[i].name, start->value[i].text,
						    now.value[i].text});
	config_values_free(&now);
	find_interfaces(d, each, arg);
}

struct warning {
	const struct config *config;
	struct diag *diag;
};

static void warn_of(void *arg, const struct restart *r)
{
	const struct warning *w = arg;

	diag_warn(w->diag, w->config->path, 0, r->key,
		  "requires a restart of synackd: until then '%s' is in force, not '%s'",
		  r->in_force, r->wanted);
}

void daemon_warn_of_restarts(struct daemon *d, const struct config_values *before,
			     struct diag *diag)
{
	struct warning w = {d->config, diag};
	struct config_values now = config_values(d->config);

	for (unsigned i = 0; i < now.count; i++) {
		const struct config_value *v = &now.value[i];
		const char *option = option_for(d->setup, v->name);

		if (option && strcmp(v->text, before->value[i].text) != 0)
			diag_warn(diag, d->config->path, 0, v->name,
				  "the option %s of the command line is in force instead", option);
	}
	config_values_free(&now);
	daemon_restarts(d, warn_of, &w);
}
