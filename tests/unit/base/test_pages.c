/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/log.h"
#include "base/pages.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define SIZE 65536
#define PART (SIZE / 4)

static int munmap_error; /* errno of munmap(); 0: it succeeds */
static unsigned lines;

int __real_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size);

int __wrap_munmap(void *at, size_t size)
{
	if (!munmap_error)
		return __real_munmap(at, size);
	errno = munmap_error;
	return -1;
}

static bool count_lines(enum log_level level, const struct log_subject *about, const char *line)
{
	(void)about;
	ck_assert_int_eq(level, LOG_LEVEL_WARN);
	ck_assert_str_eq(line, "memory: cannot unmap: Cannot allocate memory: raise the sysctl "
			       "vm.max_map_count");
	lines++;
	return true;
}

/* Returns true if all octets have this value. */
static bool all_are(const unsigned char *at, size_t size, unsigned char value)
{
	for (size_t i = 0; i < size; i++)
		if (at[i] != value)
			return false;
	return true;
}

static bool is_mapped(void *at, size_t size)
{
	return msync(at, size, MS_ASYNC) == 0;
}

START_TEST(pages_are_zeros)
{
	unsigned char *at = pages_take(SIZE);

	ck_assert_ptr_nonnull(at);
	ck_assert(all_are(at, SIZE, 0));
	memset(at, 1, SIZE);
	pages_return(at + PART, PART);
	ck_assert(!is_mapped(at + PART, PART));
	ck_assert(all_are(at, PART, 1));
	ck_assert(all_are(at + 2 * PART, SIZE - 2 * PART, 1));
	pages_return(at, PART);
	pages_return(at + 2 * PART, SIZE - 2 * PART);
	ck_assert(!is_mapped(at, PART));
}
END_TEST

START_TEST(no_memory_is_reported)
{
	ck_assert_ptr_null(pages_take(SIZE_MAX / 2));
}
END_TEST

/* The kernel cannot split a mapping at vm.max_map_count. */
START_TEST(memory_returns_without_unmapping)
{
	unsigned char *at = pages_take(SIZE);

	ck_assert_ptr_nonnull(at);
	log_open(LOG_LEVEL_WARN, count_lines);
	memset(at, 1, SIZE);
	munmap_error = ENOMEM;
	for (unsigned i = 1; i < 3; i++)
		pages_return(at + i * PART, PART);
	munmap_error = 0;
	ck_assert(all_are(at, PART, 1));
	ck_assert(all_are(at + PART, 2 * PART, 0)); /* the pages are new */
	ck_assert(all_are(at + 3 * PART, PART, 1));
	ck_assert_uint_eq(lines, 1);
	pages_return(at, SIZE);
}
END_TEST

UNIT_MAIN("pages", pages_are_zeros, no_memory_is_reported, memory_returns_without_unmapping)
