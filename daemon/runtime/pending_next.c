/* SPDX-License-Identifier: MIT */
#include "runtime/pending_next.h"

#include "config/allow_list.h"
#include "engine/responder.h"
#include "runtime/limitations.h"

#include <stdlib.h>
#include <string.h>

static void next_release(struct pending_next *n)
{
	for (unsigned i = 0; i < n->override.count; i++)
		ruleset_put(n->override.at[i].rules);
	free(n->override.at);
	quota_put(n->override.quota);
	free(n->behaviour);
	free(n->endpoint);
}

static void drop(struct daemon *d, unsigned i)
{
	next_release(&d->next[i]);
	d->nexts--;
	memmove(&d->next[i], &d->next[i + 1], (d->nexts - i) * sizeof(*d->next));
}

void pending_next_free_all(struct daemon *d)
{
	while (d->nexts)
		drop(d, d->nexts - 1);
	free(d->next);
	d->next = NULL;
}

/* --- rules for each endpoint ------------------------------------------------------------------ */

static bool has_rules(const struct pending_next *n, uint32_t endpoint)
{
	for (unsigned i = 0; i < n->override.count; i++)
		if (n->override.at[i].endpoint == endpoint)
			return true;
	return false;
}

/* Compiles the behaviour with the keys of one endpoint. */
static bool compile_for(const struct config *c, struct pending_next *n,
			const struct live_endpoint *l, struct diag *diag)
{
	struct attempt_override *o = &n->override;
	const struct endpoint_config *e = l->config;
	struct ruleset *rules =
		endpoint_config_compile(e, &c->catalogue, n->behaviour, diag, NULL, 0, NULL);

	if (!rules)
		return false;
	ruleset_name(rules, l->number, l->name);
	o->at = xrealloc(o->at, (o->count + 1) * sizeof(*o->at));
	o->at[o->count++] = (struct attempt_override_rules){l->number, rules};
	return true;
}

/* Returns true if segments of the client can have the address of the endpoint as destination. */
static bool can_address(const struct pending_next *n, const struct live_endpoint *l)
{
	const struct prefix *client = &n->override.client;
	const struct addr *address = &l->config->address.addr;

	return addr_is_v4(&client->addr) == addr_is_v4(address) &&
	       (!addr_is_loopback(address) || addr_is_loopback(&client->addr) ||
		prefix_contains(client, address));
}

/* Compiles the behaviour for each endpoint of the entry that has no rules yet; also for removed
 * endpoints, which may return. */
static bool compile_missing(struct daemon *d, struct pending_next *n, struct diag *diag)
{
	for (unsigned i = 0; i < d->lives; i++) {
		const struct live_endpoint *l = &d->live[i];

		if ((n->endpoint ? n->number == l->number : can_address(n, l)) &&
		    !has_rules(n, l->number) && !compile_for(d->config, n, l, diag))
			return false;
	}
	return true;
}

static void forget_rules(struct attempt_override *o)
{
	for (unsigned i = 0; i < o->count; i++)
		ruleset_put(o->at[i].rules);
	o->count = 0;
}

/* --- the workers ------------------------------------------------------------------------------ */

struct handing_over {
	struct attempt_override *list;
	unsigned count;
};

static void hand_over(struct responder *r, void *arg)
{
	const struct handing_over *h = arg;

	responder_use_overrides(r, h->list, h->count);
}

/* Passes the entries to the workers, and reads how many attempts each has left. */
void pending_next_look(struct daemon *d)
{
	struct handing_over h = {xcalloc(d->nexts + 1, sizeof(*h.list)), 0};

	for (unsigned i = d->nexts; i-- > 0;) {
		d->next[i].left = quota_left(d->next[i].override.quota);
		if (!d->next[i].left)
			drop(d, i);
	}
	for (; h.count < d->nexts; h.count++)
		h.list[h.count] = d->next[h.count].override;
	workers_call(d->workers, hand_over, &h);
	free(h.list);
}

/* --- requests of operators -------------------------------------------------------------------- */

static bool may_add(struct daemon *d, const struct prefix *client, struct diag *diag)
{
	char text[ADDR_TEXT_MAX];

	pending_next_look(d);
	if (d->nexts == ATTEMPT_OVERRIDES_MAX)
		diag_error(diag, NULL, 0, NULL,
			   "%d are pending already, which is the maximum: list them with "
			   "'synackctl next' and cancel some",
			   ATTEMPT_OVERRIDES_MAX);
	else if (!config_answers(d->config, client))
		diag_error(diag, NULL, 0, NULL,
			   "%s is not answered: add it to 'clients' in the config",
			   prefix_format(client, text));
	else
		return true;
	return false;
}

/* Returns true if the client can reach the endpoint. An endpoint on lo is reached by lo alone. */
static bool may_overlap(const struct pending_next *n, const struct live_endpoint *l)
{
	const struct prefix *client = &n->override.client;
	const struct addr *address = &l->config->address.addr;

	if (l->removed || l->problem || (n->endpoint && n->number != l->number) ||
	    !can_address(n, l))
		return false;
	return !l->place.loopback || addr_is_loopback(&client->addr) ||
	       prefix_contains(client, address);
}

/* Warns of the limitations of the behaviour at the first endpoint where there are any. */
static void warn_unavailable(const struct daemon *d, const struct pending_next *n,
			     struct diag *diag)
{
	const struct attempt_override *o = &n->override;
	char *why = NULL;

	for (unsigned i = 0; i < d->lives && !why; i++)
		for (unsigned k = 0; k < o->count && !why; k++) {
			const struct live_endpoint *l = &d->live[i];

			if (o->at[k].endpoint != l->number || !may_overlap(n, l))
				continue;
			why = limitations_with(d, l, o->at[k].rules, &n->override.client);
			if (why)
				diag_warn(diag, NULL, 0, NULL,
					  "at %s, part of the behaviour does not reach clients: %s",
					  l->name, why);
		}
	free(why);
}

const struct pending_next *pending_next_add(struct daemon *d, const struct prefix *client,
					    const char *behaviour, uint32_t times,
					    const struct live_endpoint *only, struct diag *diag)
{
	struct pending_next n = {
		.override = {.client = *client, .quota = quota_new(times)},
		.id = d->last_next + 1,
		.behaviour = catalogue_with_names(&d->config->catalogue, behaviour),
		.endpoint = only ? xstrdup(only->name) : NULL,
		.number = only ? only->number : 0,
		.times = times,
	};

	if (!may_add(d, client, diag) || !compile_missing(d, &n, diag)) {
		next_release(&n);
		return NULL;
	}
	warn_unavailable(d, &n, diag);
	d->last_next++;
	d->next = xrealloc(d->next, (d->nexts + 1) * sizeof(*d->next));
	d->next[d->nexts++] = n;
	pending_next_look(d);
	return &d->next[d->nexts - 1];
}

void pending_next_cancel(struct daemon *d, unsigned i)
{
	drop(d, i);
}

static bool endpoint_exists(const struct daemon *d, uint32_t number)
{
	for (unsigned i = 0; i < d->lives; i++)
		if (d->live[i].number == number)
			return true;
	return false;
}

void pending_next_follow(struct daemon *d, struct diag *diag)
{
	struct diag unsaid = {0};

	for (unsigned i = d->nexts; i-- > 0;) {
		struct pending_next *n = &d->next[i];

		if (n->endpoint && !endpoint_exists(d, n->number)) {
			if (diag)
				diag_warn(diag, d->config->path, 0, n->endpoint,
					  "the endpoint was removed, and the pending 'next' of "
					  "'%s' with it",
					  n->behaviour);
			drop(d, i);
			continue;
		}
		if (diag)
			forget_rules(&n->override);
		if (!compile_missing(d, n, &unsaid) && diag)
			diag_warn(diag, d->config->path, 0, NULL,
				  "the pending 'next' of '%s' no longer applies to all endpoints: "
				  "it cannot be compiled for some of them",
				  n->behaviour);
	}
	diag_free(&unsaid);
	if (d->nexts || diag)
		pending_next_look(d);
}
