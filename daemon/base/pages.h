/* SPDX-License-Identifier: MIT */
/* pages: zeroed memory from the kernel, which takes and returns each page separately. */
#ifndef SYNACKD_BASE_PAGES_H
#define SYNACKD_BASE_PAGES_H

#include <stddef.h>

/*
 * Returns `size` octets of zeros, aligned to a page, or NULL without memory. The kernel provides a
 * page when it is first used: unused pages take no memory, and no call zeroes all of them, as
 * calloc() may do.
 */
void *pages_take(size_t size);
/*
 * Returns pages, or a part of them, to the kernel. `at` is the beginning of a page. The kernel
 * limits the number of mappings of a process (sysctl vm.max_map_count) and then cannot split one:
 * in this case the memory is returned, the addresses stay reserved, and a message is logged.
 */
void pages_return(void *at, size_t size);

#endif
