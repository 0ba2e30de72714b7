/* SPDX-License-Identifier: MIT */
/* container: arithmetic on arrays and on members of structures. */
#ifndef SYNACKD_BASE_CONTAINER_H
#define SYNACKD_BASE_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

/* The number of elements of an array. The argument must be an array, not a pointer. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The structure of `type` whose `member` is at `pointer`, which must not be NULL. The compiler
 * rejects a pointer to a type other than the member's, and a pointer to const unless `type` is
 * const. */
#define container_of(pointer, type, member)                               \
	({                                                                \
		__typeof__(((type *)0)->member) *contained_ = (pointer);  \
		(type *)((uintptr_t)contained_ - offsetof(type, member)); \
	})

#endif
