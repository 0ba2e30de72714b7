/* SPDX-License-Identifier: MIT */
/*
 * fail_malloc: makes allocations of a daemon fail on request, by LD_PRELOAD.
 *
 * FAIL_MALLOC names a file of two ints, which the library maps: the number of allocations until one
 * fails (1: the next one; 0: none), and the number of allocations that have failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

static volatile struct {
	int countdown, failed;
} * shared;

__attribute__((constructor)) static void map(void)
{
	const char *path = getenv("FAIL_MALLOC");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at = fd < 0 ? MAP_FAILED
			  : mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at != MAP_FAILED)
		shared = at;
	if (fd >= 0)
		close(fd);
}

static int fails(void)
{
	if (!shared || shared->countdown <= 0 ||
	    __atomic_sub_fetch(&shared->countdown, 1, __ATOMIC_RELAXED) != 0)
		return 0;
	__atomic_add_fetch(&shared->failed, 1, __ATOMIC_RELAXED);
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}
