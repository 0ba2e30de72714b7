/* SPDX-License-Identifier: MIT */
/*
 * descriptors: a reserve of file descriptors below RLIMIT_NOFILE.
 *
 * The highest descriptors are reserved for the control socket, the log, and reads of the config.
 * Descriptors whose number depends on clients or on endpoints (relay sockets, guards) must not
 * use the reserve. Each call reads the limit again, because prlimit(1) may change it. Safe from
 * any thread.
 */
#ifndef SYNACKD_BASE_DESCRIPTORS_H
#define SYNACKD_BASE_DESCRIPTORS_H

#include <stdbool.h>

#define DESCRIPTORS_KEPT_MAX 128 /* at most a quarter of the limit */
#define DESCRIPTORS_A_CHANGE 8   /* opened at once by a reload or a new endpoint */

void descriptors_raise(void);     /* raises the soft limit to the hard limit */
unsigned descriptors_limit(void); /* the soft limit */
unsigned descriptors_kept(void);  /* the size of the reserve */

/* Returns `fd`, unless it belongs to the reserve: then closes it, sets errno to EMFILE, and
 * returns -1. The kernel assigns the lowest free number, so an `fd` in the reserve means that no
 * other is free. Returns -1 and keeps errno if `fd` is -1. */
int descriptor_not_kept(int fd);

/* The number of descriptors that can be opened outside the reserve, if the open ones have no
 * gaps between them. */
unsigned descriptors_left(void);

/* Returns true if DESCRIPTORS_A_CHANGE descriptors can be opened now, including the reserve. */
bool descriptors_for_a_change(void);
#define DESCRIPTORS_MISSING                                                               \
	"too few file descriptors left: close control clients, or raise LimitNOFILE= or " \
	"'ulimit -n'" /* error text for the false case */

#endif
