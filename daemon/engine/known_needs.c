/* SPDX-License-Identifier: MIT */
#include "engine/known_needs.h"

#include "base/random.h"
#include "engine/amplification_need.h"

#include <string.h>

/* Config of the operator: the key need not be secret. */
static const struct siphash_key key;

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The other members of a service derive from these. */
static bool alike(const struct ruleset *a, const struct ruleset *b)
{
	return same_text(a->text, b->text) && memcmp(&a->tcp, &b->tcp, sizeof(a->tcp)) == 0 &&
	       a->service.ops == b->service.ops && a->service.close == b->service.close &&
	       same_text(a->service.argument, b->service.argument);
}

static struct ruleset **place_of(struct known_needs *all, const struct ruleset *rules, bool v4)
{
	uint64_t hash = siphash(&key, rules->text, strlen(rules->text)) ^
			siphash(&key, &rules->tcp, sizeof(rules->tcp));

	/* The results of both families have places of their own. */
	return &all->like[(hash & ~(uint64_t)1) % KNOWN_NEEDS_MAX + v4];
}

uint32_t known_needs_find(struct known_needs *all, struct ruleset *rules, bool v4)
{
	struct ruleset **place;

	if (rules->need)
		return rules->need;
	place = place_of(all, rules, v4);
	if (*place && alike(*place, rules)) {
		rules->need = (*place)->need;
		return rules->need;
	}
	rules->need = amplification_need(rules, v4);
	ruleset_put(*place);
	*place = ruleset_get(rules);
	return rules->need;
}

void known_needs_clear(struct known_needs *all)
{
	if (!all)
		return;
	for (unsigned i = 0; i < KNOWN_NEEDS_MAX; i++) {
		ruleset_put(all->like[i]);
		all->like[i] = NULL;
	}
}
