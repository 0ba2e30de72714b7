/* SPDX-License-Identifier: MIT */
/* Arithmetic on arrays and on members of structures, in one place. */
#ifndef SYNACKD_BASE_CONTAINER_H
#define SYNACKD_BASE_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

/* The number of elements of an array. The argument is an array, never a pointer. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * The structure of `type` whose `member` is at `pointer`, which is not NULL. The compiler rejects a
 * pointer to another type than the member's, and one to const unless `type` is const as well.
 */
#define container_of(pointer, type, member)                               \
	({                                                                \
		__typeof__(((type *)0)->member) *contained_ = (pointer);  \
		(type *)((uintptr_t)contained_ - offsetof(type, member)); \
	})

#endif
