/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "tcp/plan.h"

#include <string.h>

START_TEST(kept_octets_are_stable_and_aligned)
{
	struct plan plan = {0};
	const uint8_t *kept[40];

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 40; i++) {
			uint8_t octets[5000];
			unsigned n = i % 8 ? i : 125 * i; /* in total more than one block */

			memset(octets, (int)(i + round), n);
			kept[i] = plan_keep(&plan, octets, n);
			ck_assert_ptr_nonnull(kept[i]);
			ck_assert_uint_eq((uintptr_t)kept[i] % sizeof(uint64_t), 0);
		}
		for (unsigned i = 0; i < 40; i++)
			for (unsigned k = 0; k < (i % 8 ? i : 125 * i); k++)
				ck_assert_uint_eq(kept[i][k], i + round);
		ck_assert_ptr_nonnull(plan_room(&plan, 100000));
		plan_clear(&plan);
	}
	plan_free(&plan);
}
END_TEST

UNIT_MAIN("plan", kept_octets_are_stable_and_aligned)
