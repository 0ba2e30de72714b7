/* SPDX-License-Identifier: MIT */
#include "runtime/daemon.h"

#include "base/log.h"
#include "base/random.h"
#include "base/steady.h"
#include "config/engine_config.h"
#include "engine/known_needs.h"
#include "engine/responder.h"
#include "link/answering.h"
#include "runtime/addresses.h"
#include "runtime/live_endpoint.h"
#include "runtime/pending_next.h"
#include "runtime/placement.h"
#include "runtime/probes.h"
#include "runtime/publish.h"
#include "runtime/tun_devices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Returns false, with errno set, if the kernel provides no random secrets. */
static bool make_workers(struct daemon *d, const struct config *config)
{
	const struct responder_limits limits = config_limits(config);
	const struct daemon_setup *s = d->setup;

	if (!seed_choose(s->has_seed || config->has_seed, s->has_seed ? s->seed : config->seed,
			 &d->seed))
		return false;
	d->workers = workers_new(workers_wanted(config->workers), &limits, d->seed);
	return d->workers;
}

bool daemon_open(struct daemon *d, struct config *config, const struct daemon_setup *setup,
		 struct event_base *base)
{
	char *error = NULL;

	*d = (struct daemon){.setup = setup,
			     .config = config,
			     .at_start = config_values(config),
			     .started = monotonic_now(),
			     .needs = xcalloc(1, sizeof(struct known_needs)),
			     .base = base};
	if (!make_workers(d, config)) {
		log_error("getrandom: no keys for ISNs and cookies: %s: allow this system call",
			  strerror(errno));
		return false;
	}
	d->probes = probes_open(d, publish);
	d->addresses = addresses_watch(d);
	d->reports = report_queue_open(base, setup->make_report, setup->report_context);
	workers_report_to(d->workers, d->reports);
	if (!tun_devices_open(d, config, &error) || !placement_open_links(d, config, &error)) {
		log_error("%s", error);
		free(error);
		return false;
	}
	tun_devices_settle(d);
	d->lives = config->endpoints;
	d->live = xcalloc(d->lives, sizeof(*d->live));
	for (unsigned i = 0; i < d->lives; i++) {
		const struct endpoint_config *e = &config->endpoint[i];

		d->live[i] = (struct live_endpoint){.name = xstrdup(e->name),
						    .config = e,
						    .number = endpoint_numbers_assign(&d->numbers),
						    .rules = ruleset_get(e->rules)};
	}
	placement_take_all(d);
	publish(d);
	return true;
}

void daemon_close(struct daemon *d)
{
	workers_free(d->workers);
	endpoint_index_put(d->endpoints);
	answering_put(d->answering);
	addresses_free(d->addresses);
	probes_close(d->probes);
	report_queue_close(d->reports);
	pending_next_free_all(d);
	live_endpoints_free(d->live, d->lives);
	endpoint_numbers_free(&d->numbers);
	known_needs_clear(d->needs);
	free(d->needs);
	config_values_free(&d->at_start);
	config_free(d->config);
}

bool daemon_set(struct daemon *d, struct live_endpoint *l, const char *behaviour, struct diag *diag)
{
	const struct endpoint_config *e = l->config;
	struct ruleset *rules =
		endpoint_config_compile(e, &d->config->catalogue, behaviour, diag, NULL, 0, NULL);

	if (!rules)
		return false;
	/* The behaviour of the config is not a change. */
	if (strcmp(rules->text, e->rules->text) == 0) {
		ruleset_put(rules);
		rules = ruleset_get(e->rules);
	}
	live_endpoint_use(l, rules);
	publish(d);
	return true;
}

bool daemon_reset(struct daemon *d, struct live_endpoint *l)
{
	switch (live_endpoint_change(l)) {
	case CHANGE_NONE: return false;
	case CHANGE_SET: live_endpoint_use(l, ruleset_get(l->config->rules)); break;
	case CHANGE_ADDED: live_endpoint_remove(d, l); return true;
	case CHANGE_REMOVED:
		l->removed = false;
		placement_take(d, l);
		break;
	}
	publish(d);
	return true;
}
