/* SPDX-License-Identifier: MIT */
#include "runtime/limitations.h"

#include "base/container.h"
#include "behaviour/effects.h"
#include "engine/known_needs.h"

#include <stdlib.h>
#include <string.h>

/* Returns the fields that the rules set and that the kernel overwrites on lo. */
static unsigned lost_lies(const struct live_endpoint *l, const struct ruleset *rules)
{
	return l->place.loopback && addr_is_v4(&l->config->address.addr) ? ruleset_ip_lies(rules)
									 : 0;
}

/* Returns true if the endpoint `at` has these rules and none of their fields is lost. IPv6 has a
 * length, but neither a header checksum nor an id. */
static bool can_be_had(const struct live_endpoint *at, const struct ruleset *rules, unsigned lies)
{
	if (at->removed || at->problem || strcmp(at->rules->text, rules->text) != 0)
		return false;
	return addr_is_v4(&at->config->address.addr) ? !lost_lies(at, rules) : lies == LIE_IP_LEN;
}

static void add_where(const struct daemon *d, const struct ruleset *rules, unsigned lies,
		      struct text *out)
{
	char address[ADDR_TEXT_MAX];

	for (unsigned i = 0; i < d->lives; i++) {
		const struct live_endpoint *at = &d->live[i];

		if (!can_be_had(at, rules, lies))
			continue;
		text_addf(out, "available at %s port %u (%s)",
			  prefix_format(&at->config->address, address), at->config->port_from,
			  at->name);
		return;
	}
	if (lies == LIE_IP_LEN)
		text_add(out, "give the endpoint ::1, or an address of another interface");
	else
		text_add(out, "give the endpoint an IPv4 address of another interface");
}

/* Names fields and messages that only the other address family has. */
static char *foreign_why(const struct live_endpoint *l, const struct ruleset *rules)
{
	bool v4 = addr_is_v4(&l->config->address.addr);
	const char *foreign = ruleset_foreign(rules, v4);

	if (!foreign)
		return NULL;
	return xasprintf("IPv%d has no %s: give the endpoint an IPv%d address", v4 ? 4 : 6, foreign,
			 v4 ? 6 : 4);
}

/* Names header fields that the kernel rewrites on lo. */
static char *lies_why(const struct daemon *d, const struct live_endpoint *l,
		      const struct ruleset *rules)
{
	static const char *const names[] = {"the IP length", "the IP header checksum",
					    "an IP id of 0"};
	unsigned lies = lost_lies(l, rules), told = 0;
	struct text out = {0};
	char *why;

	if (!lies)
		return NULL;
	text_add(&out, "over IPv4 on lo the kernel rewrites ");
	for (unsigned i = 0; i < COUNT_OF(names); i++)
		if (lies & 1u << i)
			text_addf(&out, "%s%s", told++ ? " and " : "", names[i]);
	text_add(&out, "; ");
	add_where(d, rules, lies, &out);
	why = xstrdup(text_str(&out));
	text_free(&out);
	return why;
}

/* Returns the narrowest entry that contains all of these clients, or NULL. */
static const struct allowed *entry_around(const struct config *c, const struct prefix *clients)
{
	const struct allowed *found = NULL;

	for (unsigned i = 0; i < c->clients; i++) {
		const struct allowed *a = &c->client[i];

		if (a->network.bits <= clients->bits &&
		    prefix_contains(&a->network, &clients->addr) &&
		    (!found || found->network.bits < a->network.bits))
			found = a;
	}
	return found;
}

/* Returns true if some of these clients (NULL: all) can reach the endpoint and have the bound of
 * this entry. Endpoints on a TUN device are mostly reached from its own networks, which have no
 * bound. */
static bool may_come(const struct config *c, const struct live_endpoint *l,
		     const struct allowed *by, const struct prefix *clients)
{
	const struct addr *network = &by->network.addr;

	if (by->tun || l->place.loopback || config_tun_of(c, &l->config->address) ||
	    addr_is_loopback(network) ||
	    addr_is_v4(network) != addr_is_v4(&l->config->address.addr))
		return false;
	return !clients || by == entry_around(c, clients) ||
	       (by->network.bits > clients->bits && prefix_contains(clients, network));
}

/* Returns the entry with the smallest bound among those entries, or NULL if no bound is below
 * `enough`. */
static const struct allowed *least_bound(const struct config *c, const struct live_endpoint *l,
					 const struct prefix *clients, uint32_t enough)
{
	const struct allowed *least = NULL;

	for (unsigned i = 0; i < c->clients; i++) {
		const struct allowed *a = &c->client[i];

		if (a->amplification && a->amplification < enough &&
		    (!least || a->amplification < least->amplification) &&
		    may_come(c, l, a, clients))
			least = a;
	}
	return least;
}

/* Explains that the rules send more than the bound of the clients permits. */
static char *bound_why(const struct daemon *d, const struct live_endpoint *l, struct ruleset *rules,
		       const struct prefix *clients)
{
	bool stays = rules->tcp.iss_given;
	uint32_t need = known_needs_find(d->needs, rules, addr_is_v4(&l->config->address.addr));
	const struct allowed *least;
	char network[ADDR_TEXT_MAX];

	least = least_bound(d->config, l, clients, stays ? UINT32_MAX : need);
	if (!least)
		return NULL;
	prefix_format(&least->network, network);
	if (stays)
		return xasprintf(
			"its ISN is predictable, so the bound of %u octets per octet received "
			"stays in force: write { network = \"%s\"; amplification = 0; } in "
			"'clients'",
			least->amplification, network);
	return xasprintf("it sends up to %u octets per octet received, and the bound is %u: write "
			 "{ network = \"%s\"; amplification = %u; } in 'clients'",
			 need, least->amplification, network, need);
}

char *limitations_with(const struct daemon *d, const struct live_endpoint *l, struct ruleset *rules,
		       const struct prefix *clients)
{
	char *why[] = {lies_why(d, l, rules), foreign_why(l, rules),
		       bound_why(d, l, rules, clients)};
	struct text out = {0};
	char *all = NULL;

	for (unsigned i = 0; i < COUNT_OF(why); i++) {
		if (why[i])
			text_addf(&out, "%s%s", out.len ? "; and " : "", why[i]);
		free(why[i]);
	}
	if (out.len)
		all = xstrdup(text_str(&out));
	text_free(&out);
	return all;
}

char *limitations_of(const struct daemon *d, const struct live_endpoint *l)
{
	return limitations_with(d, l, l->rules, NULL);
}
