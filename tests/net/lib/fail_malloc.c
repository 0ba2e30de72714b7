/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD: allocations of a daemon fail when a test wants that. FAIL_MALLOC names a file of two
 * ints, which is mapped: how many allocations from now on the one that fails is (0: none), and how
 * many have failed.
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
