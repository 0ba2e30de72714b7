/* SPDX-License-Identifier: MIT */
/* The table of paths. */
#include "unit.h"
#include "work.h"

#include "link/paths.h"

static struct path numbered(unsigned i)
{
	return (struct path){.remote = {2, 0, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i},
			     .local = {2, 9}};
}

START_TEST(equal_paths_share_a_slot)
{
	struct path base = {.link = 1, .vlan = 7}, other[4] = {base, base, base, base};
	struct paths p = {.key = {1, 2}};
	uint16_t first = paths_take(&p, &base, PATHS_MAX);

	other[0].link = 2;
	other[1].vlan = 8;
	other[2].local[5] = 1;
	other[3].remote[0] = 1;
	for (int i = 0; i < 4; i++)
		ck_assert_uint_ne(paths_take(&p, &other[i], PATHS_MAX), first);
	ck_assert_uint_eq(p.count, 5);
	ck_assert_uint_eq(paths_take(&p, &base, PATHS_MAX), first);
	ck_assert_uint_eq(p.count, 5);
	paths_put(&p, first);
	ck_assert(path_equal(paths_at(&p, first), &base));
	ck_assert_uint_eq(p.count, 5);
	paths_put(&p, first);
	ck_assert_uint_eq(p.count, 4);
	paths_free(&p);
}
END_TEST

START_TEST(each_new_path_costs_the_same)
{
	struct paths p = {.key = {1, 2}};
	uint64_t longest = 0;

	for (unsigned i = 0; i < PATHS_MAX; i++) {
		struct path path = numbered(i);

		work_done = 0;
		ck_assert_uint_eq(paths_take(&p, &path, PATHS_MAX), i);
		longest = work_done > longest ? work_done : longest;
	}
	ck_assert_uint_gt(longest, 0);
	ck_assert_uint_lt(longest, 60);
	paths_free(&p);
}
END_TEST

/* Slots in use keep their paths, also if the table is full and other paths change. */
START_TEST(slots_in_use_keep_their_path)
{
	struct paths p = {.key = {3, 4}};
	struct path path = numbered(0);

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < PATHS_MAX; i++) {
			path = numbered(i);
			ck_assert_uint_eq(paths_take(&p, &path, PATHS_MAX), i);
		}
	}
	ck_assert_uint_eq(p.count, PATHS_MAX);
	path = numbered(PATHS_MAX);
	ck_assert_uint_eq(paths_take(&p, &path, PATHS_MAX), PATH_NONE);
	for (unsigned i = 0; i < PATHS_MAX; i += 2) {
		paths_put(&p, (uint16_t)i);
		paths_put(&p, (uint16_t)i);
	}
	ck_assert(!paths_have_room(&p, &path, p.count));
	ck_assert_uint_eq(paths_take(&p, &path, p.count), PATH_NONE);
	path = numbered(1);
	ck_assert(paths_have_room(&p, &path, p.count));
	for (unsigned i = 0; i < PATHS_MAX; i += 2) {
		path = numbered(PATHS_MAX + i);
		ck_assert_uint_eq(paths_take(&p, &path, PATHS_MAX) % 2, 0);
	}
	ck_assert_uint_eq(paths_take(&p, &(struct path){.link = 9}, PATHS_MAX), PATH_NONE);
	for (unsigned i = 1; i < PATHS_MAX; i += 2) {
		path = numbered(i);
		ck_assert(path_equal(paths_at(&p, (uint16_t)i), &path));
		ck_assert_uint_eq(paths_take(&p, &path, PATHS_MAX), i);
	}
	paths_free(&p);
	ck_assert_uint_eq(paths_take(&p, &path, PATHS_MAX), 0);
	paths_free(&p);
}
END_TEST

UNIT_MAIN("path_table", equal_paths_share_a_slot, each_new_path_costs_the_same,
	  slots_in_use_keep_their_path)
