/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/container.h"

struct outer {
	char before[3];
	uint64_t first;
	uint16_t second;
};

START_TEST(a_structure_is_found_by_its_members)
{
	struct outer o[2] = {0};
	const struct outer *fixed = &o[1];
	uint64_t *p = &o[1].first;

	ck_assert_ptr_eq(container_of(&o[0].first, struct outer, first), &o[0]);
	ck_assert_ptr_eq(container_of(&o[1].second, struct outer, second), &o[1]);
	ck_assert_ptr_eq(container_of(&fixed->second, const struct outer, second), fixed);
	/* The pointer is evaluated exactly once. */
	ck_assert_ptr_eq(container_of(p++, struct outer, first), &o[1]);
	ck_assert_ptr_eq(p, &o[1].first + 1);
}
END_TEST

START_TEST(elements_are_counted)
{
	static const struct outer list[] = {{.second = 1}, {.second = 2}, {.second = 3}};
	char octets[7];

	ck_assert_uint_eq(COUNT_OF(list), 3);
	ck_assert_uint_eq(COUNT_OF(octets), 7);
}
END_TEST

UNIT_MAIN("container", a_structure_is_found_by_its_members, elements_are_counted)
