/* SPDX-License-Identifier: MIT */
/* Rulesets that are alike share one measurement; all others have results of their own. */
#include "alone.h"
#include "unit.h"

#include "engine/amplification_need.h"
#include "engine/known_needs.h"

#include <string.h>

#define ENDPOINTS 3000

static struct known_needs known;
static struct config *config;
static unsigned measured; /* calls of amplification_need() */

uint32_t __real_amplification_need(const struct ruleset *rules, bool v4);
uint32_t __wrap_amplification_need(const struct ruleset *rules, bool v4);

uint32_t __wrap_amplification_need(const struct ruleset *rules, bool v4)
{
	measured++;
	return __real_amplification_need(rules, v4);
}

/* Checks the result for a new ruleset. Returns true if it required a measurement. */
static bool measures(const char *behaviour, const char *service,
		     const struct tcp_settings *settings, bool v4)
{
	struct ruleset *rules = shipped_rules(config, behaviour, service, settings);
	unsigned before = measured;

	ck_assert_uint_eq(known_needs_find(&known, rules, v4),
			  __real_amplification_need(rules, v4));
	ck_assert_uint_eq(known_needs_find(&known, rules, v4), rules->need);
	ck_assert_uint_le(measured, before + 1);
	ruleset_put(rules);
	return measured > before;
}

START_TEST(many_endpoints_have_one_measurement)
{
	static const char *const behaviours[] = {"accept", "synack-dup=30", "opt-full"};

	config = shipped_config();
	for (unsigned i = 0; i < ENDPOINTS; i++) {
		struct ruleset *rules =
			shipped_rules(config, behaviours[i % COUNT_OF(behaviours)], "echo", NULL);

		ck_assert_uint_gt(known_needs_find(&known, rules, true), 0);
		ruleset_put(rules);
	}
	ck_assert_uint_eq(measured, COUNT_OF(behaviours));
	known_needs_clear(&known);
	config_free(config);
}
END_TEST

START_TEST(other_rulesets_have_other_results)
{
	struct tcp_settings other;

	tcp_settings_default(&other);
	other.r2_syn = 400 * NS_PER_S; /* more retransmissions */
	config = shipped_config();
	ck_assert(measures("synack-dup=30", "echo", NULL, true));
	ck_assert(!measures("synack-dup=30", "echo", NULL, true));
	ck_assert(measures("synack-dup=30", "echo", NULL, false)); /* the address family */
	ck_assert(measures("synack-dup=31", "echo", NULL, true));
	ck_assert(measures("synack-dup=30", "echo", &other, true));
	ck_assert(measures("synack-dup=30", "banner:hello", NULL, true));
	ck_assert(measures("synack-dup=30", "banner:bye", NULL, true));
	ck_assert(!measures("synack-dup=30", "banner:bye", NULL, true));
	known_needs_clear(&known);
	ck_assert(measures("synack-dup=31", "echo", NULL, true));
	known_needs_clear(&known);
	config_free(config);
}
END_TEST

UNIT_MAIN("known_needs", many_endpoints_have_one_measurement, other_rulesets_have_other_results)
