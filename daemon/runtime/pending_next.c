/* SPDX-License-Identifier: MIT */
#include "runtime/pending_next.h"

#include "base/steady.h"
#include "base/text.h"
#include "config/allow_list.h"
#include "engine/responder.h"
#include "runtime/limitations.h"

#include <stdlib.h>
#include <string.h>

static void next_release(struct pending_next *n)
{
	override_rules_put(n->override.rules);
	override_rules_put(n->former);
	quota_put(n->override.quota);
	free(n->behaviour);
	free(n->endpoint);
}

static void drop(struct daemon *d, unsigned i)
{
	d->next_gone = xrealloc(d->next_gone, (d->nexts_gone + 1) * sizeof(*d->next_gone));
	d->next_gone[d->nexts_gone++] = d->next[i];
	d->nexts--;
	memmove(&d->next[i], &d->next[i + 1], (d->nexts - i) * sizeof(*d->next));
}

/* Frees the entries and rules that the workers no longer have: a worker never frees them. */
static void release_former(struct daemon *d)
{
	for (unsigned i = 0; i < d->nexts; i++) {
		override_rules_put(d->next[i].former);
		d->next[i].former = NULL;
	}
	for (unsigned i = 0; i < d->nexts_gone; i++)
		next_release(&d->next_gone[i]);
	free(d->next_gone);
	d->next_gone = NULL;
	d->nexts_gone = 0;
}

void pending_next_free_all(struct daemon *d)
{
	while (d->nexts)
		drop(d, d->nexts - 1);
	release_former(d);
	free(d->next);
	d->next = NULL;
}

/* --- rules for each endpoint ------------------------------------------------------------------ */

/* The rules of an entry while they are compiled. */
struct compiling {
	const struct config *config;
	const struct pending_next *next;
	struct override_rule *at; /* these own their rulesets */
	unsigned count;
};

/* Compiles the behaviour with the keys of one endpoint. */
static bool compile_for(struct compiling *c, const struct live_endpoint *l, struct diag *diag)
{
	struct ruleset *rules = endpoint_config_compile(l->config, &c->config->catalogue,
							c->next->behaviour, diag, NULL, 0, NULL);

	if (!rules)
		return false;
	ruleset_name(rules, l->number->value, l->name);
	ruleset_hold_number(rules, l->number);
	c->at[c->count++] = (struct override_rule){l->number->value, rules};
	return true;
}

static void compiling_free(struct compiling *c)
{
	while (c->count)
		ruleset_put(c->at[--c->count].rules);
	free(c->at);
}

/* Replaces the rules of an entry. The workers may have the former ones. */
static void use_rules(struct pending_next *n, const struct override_rule *at, unsigned count)
{
	if (!n->former)
		n->former = n->override.rules;
	else
		override_rules_put(n->override.rules);
	n->override.rules = override_rules_new(at, count, steady_now());
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
	const struct override_rules *have = n->override.rules;
	struct compiling c = {.config = d->config, .next = n};
	bool good = true;

	c.at = xcalloc(have->count + d->lives + 1, sizeof(*c.at));
	for (unsigned i = 0; i < d->lives && good; i++) {
		const struct live_endpoint *l = &d->live[i];

		if ((n->endpoint ? n->number == l->number->value : can_address(n, l)) &&
		    !override_rules_at(have, l->number->value))
			good = compile_for(&c, l, diag);
	}
	if (c.count) {
		for (unsigned i = 0; i < have->count; i++)
			c.at[c.count++] = (struct override_rule){have->at[i].endpoint,
								 ruleset_get(have->at[i].rules)};
		use_rules(n, c.at, c.count);
	}
	compiling_free(&c);
	return good;
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
	release_former(d);
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

	if (l->removed || l->problem || (n->endpoint && n->number != l->number->value) ||
	    !can_address(n, l))
		return false;
	return !l->place.loopback || addr_is_loopback(&client->addr) ||
	       prefix_contains(client, address);
}

/* Warns of the limitations of the behaviour at the first endpoint where there are any. */
static void warn_unavailable(const struct daemon *d, const struct pending_next *n,
			     struct diag *diag)
{
	char *why = NULL;

	for (unsigned i = 0; i < d->lives && !why; i++) {
		const struct live_endpoint *l = &d->live[i];
		struct ruleset *rules = override_rules_at(n->override.rules, l->number->value);

		if (!rules || !may_overlap(n, l))
			continue;
		why = limitations_with(d, l, rules, &n->override.client);
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
		.override = {.client = *client,
			     .quota = quota_new(times),
			     .rules = override_rules_new(NULL, 0, 0)},
		.id = d->last_next + 1,
		.behaviour = catalogue_with_names(&d->config->catalogue, behaviour),
		.endpoint = only ? xstrdup(only->name) : NULL,
		.number = only ? only->number->value : 0,
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
		if (d->live[i].number->value == number)
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
			use_rules(n, NULL, 0);
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
