/* SPDX-License-Identifier: MIT */
#include "unavailable.h"

#include "behaviour/effects.h"

#include <stdlib.h>
#include <string.h>

/* What the kernel writes over, of what the rules write. */
static unsigned lost_lies(const struct live *l, const struct ruleset *rules)
{
	return l->place.loopback && addr_is_v4(&l->config->address.addr) ? ruleset_ip_lies(rules)
									 : 0;
}

/* IPv6 has a length, but neither a header checksum nor an id. */
static bool can_be_had(const struct live *at, const struct ruleset *rules, unsigned lies)
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
		const struct live *at = &d->live[i];

		if (!can_be_had(at, rules, lies))
			continue;
		text_addf(out, "it can be had at %s port %u (%s)",
			  prefix_format(&at->config->address, address), at->config->port_from,
			  at->name);
		return;
	}
	if (lies == LIE_IP_LEN)
		text_add(out, "give the endpoint ::1, or an address of another interface");
	else
		text_add(out, "give the endpoint an IPv4 address of another interface");
}

/* The other family has it. */
static char *foreign_why(const struct live *l, const struct ruleset *rules)
{
	bool v4 = addr_is_v4(&l->config->address.addr);
	const char *foreign = ruleset_foreign(rules, v4);

	if (!foreign)
		return NULL;
	return xasprintf("over IPv%d there is no %s; give the endpoint an IPv%d address",
			 v4 ? 4 : 6, foreign, v4 ? 6 : 4);
}

char *unavailable_why_not(const struct daemon *d, const struct live *l, const struct ruleset *rules)
{
	static const char *const names[] = {"the IP length", "the IP header checksum",
					    "an IP id of 0"};
	unsigned lies = lost_lies(l, rules), told = 0;
	struct text out = {0};
	char *why;

	if (!lies)
		return foreign_why(l, rules);
	text_add(&out, "on lo over IPv4 the kernel rewrites ");
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (lies & 1u << i)
			text_addf(&out, "%s%s", told++ ? " and " : "", names[i]);
	text_add(&out, "; ");
	add_where(d, rules, lies, &out);
	why = xstrdup(text_str(&out));
	text_free(&out);
	return why;
}

char *unavailable_why(const struct daemon *d, const struct live *l)
{
	return unavailable_why_not(d, l, l->rules);
}
