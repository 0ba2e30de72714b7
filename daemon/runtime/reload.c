/* SPDX-License-Identifier: MIT */
#include "runtime/reload.h"

#include "base/descriptors.h"
#include "base/log.h"
#include "config/host_names.h"
#include "config/upstreams.h"
#include "engine/known_needs.h"
#include "runtime/live_endpoint.h"
#include "runtime/pending_next.h"
#include "runtime/placement.h"
#include "runtime/probes.h"
#include "runtime/publish.h"
#include "runtime/restart.h"
#include "runtime/trace_rings.h"
#include "runtime/tun_devices.h"

#include <stdlib.h>
#include <string.h>

/* --- endpoints of the new config -------------------------------------------------------------- */

static bool same_place(const struct endpoint_config *a, const struct endpoint_config *b)
{
	return memcmp(&a->address.addr, &b->address.addr, sizeof(a->address.addr)) == 0 &&
	       a->address.bits == b->address.bits && a->port_from == b->port_from &&
	       a->port_to == b->port_to;
}

/* Transfers the state of the old endpoint of the same name to an endpoint of the new config: its
 * number, its live changes, and, at the same place, its guards. It no longer counts as added live.
 */
static void carry_over(struct live_endpoint *from, const struct config *config,
		       const struct endpoint_config *e, struct live_endpoint *to, struct diag *diag)
{
	const struct endpoint_config *was = from->config;

	to->number = endpoint_number_get(from->number);
	to->removed = from->removed;
	if (from->added)
		diag_warn(diag, e->file, e->line, e->name,
			  "it replaces the endpoint of this name that was added live");
	else if (from->rules != was->rules) {
		struct diag unsaid = {0};
		struct ruleset *rules = endpoint_config_compile(
			e, &config->catalogue, from->rules->text, &unsaid, NULL, 0, e->name);

		if (rules) {
			ruleset_put(to->rules);
			to->rules = rules;
		} else {
			diag_warn(diag, e->file, e->line, e->name,
				  "the live change to '%s' is undone: the new config does not "
				  "define it",
				  from->rules->text);
		}
		diag_free(&unsaid);
	}
	if (same_place(was, e) && !from->problem) {
		to->guard = from->guard;
		to->guards = from->guards;
		from->guard = NULL;
		from->guards = 0;
		to->place = from->place;
	}
}

/* Makes the endpoints of the config, in its order, in an array with space for the endpoints that
 * were added live. */
static struct live_endpoint *endpoints_of_config(struct daemon *d, const struct config *config,
						 struct diag *diag)
{
	struct live_endpoint *live = xcalloc(config->endpoints + d->lives, sizeof(*live));
	struct live_endpoint **former = live_endpoints_by_name(d);

	for (unsigned i = 0; i < config->endpoints; i++) {
		const struct endpoint_config *e = &config->endpoint[i];
		struct live_endpoint *from = live_endpoint_among(former, d->lives, e->name);

		live[i] = (struct live_endpoint){
			.name = xstrdup(e->name), .config = e, .rules = ruleset_get(e->rules)};
		if (from)
			carry_over(from, config, e, &live[i], diag);
		else
			live[i].number = endpoint_numbers_assign(&d->numbers);
	}
	free(former);
	return live;
}

/* --- endpoints that were added live ----------------------------------------------------------- */

/* Returns true if the new config permits an endpoint that was added live, beside the `lives`
 * endpoints before it. */
static bool may_stay(const struct config *config, const struct live_endpoint *live, unsigned lives,
		     const struct live_endpoint *l, struct diag *diag)
{
	struct diag unsaid = {0};

	for (unsigned i = 0; i < config->endpoints; i++) {
		const struct endpoint_config *e = &config->endpoint[i];

		if (strcmp(e->name, l->name) == 0)
			return false; /* carry_over() warned of it */
		if (live[i].removed || !endpoint_config_clash(e, l->config))
			continue;
		diag_warn(diag, e->file, e->line, e->name,
			  "it replaces '%s', which was added live at the same address and port",
			  l->name);
		return false;
	}
	if (!l->config->service.target || live_endpoints_resolve(live, lives, l->config, &unsaid))
		return true;
	diag_warn(diag, config->path, 0, l->name,
		  "the endpoint, which was added live, is removed: it and another relay would "
		  "connect to each other");
	diag_free(&unsaid);
	return false;
}

/* Compiles the behaviours with the new catalogue, or keeps them as they were. */
static void compile_again(const struct config *config, struct live_endpoint *l, struct diag *diag)
{
	struct endpoint_config *e = l->added;
	struct ruleset **of[] = {&e->rules, &l->rules};
	bool same = l->rules == e->rules;
	struct diag errors = {0};

	for (unsigned i = 0; i < 2; i++) {
		struct ruleset *rules =
			i && same ? ruleset_get(e->rules)
				  : endpoint_config_compile(e, &config->catalogue, (*of[i])->text,
							    &errors, NULL, 0, NULL);

		if (!rules) {
			diag_warn(diag, config->path, 0, e->name,
				  "the endpoint, which was added live, is unchanged: the new "
				  "config does not define '%s'",
				  (*of[i])->text);
			break;
		}
		ruleset_put(*of[i]);
		*of[i] = rules;
	}
	diag_free(&errors);
}

/* Moves endpoints that were added live to `live`, after the endpoints of the new config. Warns of
 * each endpoint that the new config does not permit. Returns the number of all endpoints. */
static unsigned keep_added(struct daemon *d, const struct config *config,
			   struct live_endpoint *live, struct diag *diag)
{
	unsigned lives = config->endpoints;

	for (unsigned i = d->config->endpoints; i < d->lives; i++) {
		if (!may_stay(config, live, lives, &d->live[i], diag))
			continue;
		compile_again(config, &d->live[i], diag);
		live[lives++] = d->live[i];
		d->live[i] = (struct live_endpoint){0}; /* its contents have moved */
	}
	return lives;
}

/* --- the reload ------------------------------------------------------------------------------- */

/* Opens the devices and interfaces of the new config in addition to the open ones. On failure
 * returns false with the error in `diag`, and restores the devices as far as the kernel permits. */
static bool open_devices(struct daemon *d, const struct config *config, struct diag *diag)
{
	char *error = NULL;
	bool tuns = tun_devices_open(d, config, &error);

	if (tuns && placement_open_links(d, config, &error))
		return true;
	diag_error(diag, config->path, 0, tuns ? "interfaces" : "tuns", "%s", error);
	free(error);
	tun_devices_restore(d);
	return false;
}

/* Allocates everything that can fail for a new config: devices, interfaces, memory for traces. */
static bool open_all(struct daemon *d, const struct config *config, struct trace **rings,
		     struct diag *diag)
{
	if (!trace_rings_make(d, config, rings, diag))
		return false;
	if (open_devices(d, config, diag))
		return true;
	trace_rings_free(d, *rings);
	return false;
}

/* Resets the connections of endpoints whose guards close. Otherwise the kernel would reset them
 * without their guards. */
static void abort_unguarded(struct daemon *d, const struct live_endpoint *former, unsigned count)
{
	uint32_t *number = xcalloc(count + 1, sizeof(*number));
	unsigned numbers = 0;

	for (unsigned i = 0; i < count; i++)
		if (former[i].guards)
			number[numbers++] = former[i].number->value;
	workers_abort_endpoints(d->workers, number, numbers);
	free(number);
}

bool daemon_reload(struct daemon *d, struct diag *diag)
{
	struct live_endpoint *live, *before = d->live;
	unsigned lives, befores = d->lives;
	struct config_values values;
	struct config *config;
	struct trace *rings;

	/* Without descriptors, a pattern of `load` would match no file. */
	if (!descriptors_for_a_change()) {
		diag_error(diag, d->setup->config, 0, "reload", "%s", DESCRIPTORS_MISSING);
		return false;
	}
	config = config_load(d->setup->config, d->setup->shipped, diag);
	if (!config)
		return false;
	if (!config_check_accounts(config, diag) || !config_resolve(config, diag) ||
	    !open_all(d, config, &rings, diag)) {
		config_free(config);
		return false;
	}
	values = config_values(d->config);
	live = endpoints_of_config(d, config, diag);
	lives = keep_added(d, config, live, diag);
	config_free(d->config);
	known_needs_clear(d->needs);
	d->config = config;
	d->live = live;
	d->lives = lives;
	tun_devices_settle(d);
	placement_take_all(d);
	if (!d->setup->has_log_level)
		log_use_level(config->log_level);
	trace_rings_use(d, rings);
	pending_next_follow(d, diag);
	probes_ask_again(d);
	publish(d);
	daemon_warn_of_restarts(d, &values, diag);
	config_values_free(&values);
	/* First no new connections, then the end of the old connections; then the kernel gets the
	 * ports back that no longer have a guard. */
	abort_unguarded(d, before, befores);
	live_endpoints_free(before, befores);
	return true;
}
