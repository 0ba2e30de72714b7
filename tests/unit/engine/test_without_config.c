/* SPDX-License-Identifier: MIT */
/* The engine without config files: this program links only engine/ and the layers below it, without
 * libconfig and the layers that read a config. */
#include "unit.h"

#include "engine/amplification_need.h"

START_TEST(rules_without_a_config_file)
{
	struct ruleset rules = {
		.references = 1,
		.tcp = {.mss = 1460,
			.window = 65535,
			.ts_tick = NS_PER_MS,
			.ttl = 64,
			.rto_initial = NS_PER_S,
			.rto_min = NS_PER_S,
			.rto_max = 60 * NS_PER_S,
			.r2_syn = 180 * NS_PER_S,
			.r2 = 100 * NS_PER_S,
			.time_wait = 60 * NS_PER_S},
	};

	/* A SYN-ACK and its retransmissions for each SYN: one frame of 60 octets each. */
	ck_assert_uint_eq(amplification_need(&rules, true), 2);
	ck_assert_uint_eq(rules.references, 1);
}
END_TEST

UNIT_MAIN("without_config", rules_without_a_config_file)
