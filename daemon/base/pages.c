/* SPDX-License-Identifier: MIT */
#include "base/pages.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *pages_take(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static void unmapping_failed(void *at, size_t size)
{
	static struct log_limit limit = {.what = "failures to unmap memory", .lines = 1};

	if (errno != ENOMEM)
		abort(); /* no such pages */
	log_warn_limited(&limit, "memory: cannot unmap: %s: raise the sysctl vm.max_map_count",
			 strerror(errno));
	madvise(at, size, MADV_DONTNEED);
}

void pages_return(void *at, size_t size)
{
	if (munmap(at, size) < 0)
		unmapping_failed(at, size);
}
