/* SPDX-License-Identifier: MIT */
#include "base/descriptors.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Changes only this test: Check runs each in a process of its own. */
static void limit_to(rlim_t soft)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = soft;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static int open_null(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

START_TEST(the_reserve_is_a_quarter_and_bounded)
{
	limit_to(40);
	ck_assert_uint_eq(descriptors_limit(), 40);
	ck_assert_uint_eq(descriptors_kept(), 10);
	limit_to(512);
	ck_assert_uint_eq(descriptors_kept(), 128);
	limit_to(600);
	ck_assert_uint_eq(descriptors_kept(), 128);
}
END_TEST

START_TEST(the_reserve_is_not_used)
{
	unsigned left, opened = 0;
	int fd;

	limit_to(64);
	left = descriptors_left();
	while ((fd = descriptor_not_kept(open_null())) >= 0)
		opened++;
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_uint_gt(opened, 20);
	ck_assert_uint_le(opened, left); /* the test runner may have left gaps */
	ck_assert_uint_eq(descriptors_left(), 0);
	ck_assert(descriptors_for_a_change());
	for (unsigned i = 0; i < descriptors_kept(); i++)
		ck_assert_int_ge(fd = open_null(), 0);
	ck_assert_int_lt(open_null(), 0);
	ck_assert(!descriptors_for_a_change());
	/* A descriptor that is closed returns to the reserve. */
	close(fd);
	ck_assert_int_lt(descriptor_not_kept(open_null()), 0);
	ck_assert_int_eq(open_null(), fd);
	ck_assert_int_lt(descriptor_not_kept(-1), 0);
	limit_to(100); /* a sanitizer opens files in /proc at the end */
}
END_TEST

START_TEST(the_soft_limit_is_raised)
{
	struct rlimit limit;

	limit_to(30);
	descriptors_raise();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, limit.rlim_max);
}
END_TEST

UNIT_MAIN("descriptors", the_reserve_is_a_quarter_and_bounded, the_reserve_is_not_used,
	  the_soft_limit_is_raised)
