/* SPDX-License-Identifier: MIT */
/* netns: a network of its own for a test program, as root or in a user namespace. */
#ifndef SYNACKD_TESTS_UNIT_LIB_NETNS_H
#define SYNACKD_TESTS_UNIT_LIB_NETNS_H

#include <linux/capability.h>
#include <stdbool.h>

#define EXIT_SKIPPED 77 /* CTest's SKIP_RETURN_CODE */

/* Runs `ip` with these arguments. Returns false if it failed. */
__attribute__((format(printf, 1, 2))) bool ip(const char *format, ...);

/* Prints this text and errno, and ends the program with EXIT_SKIPPED. */
void skip(const char *what);

/* Enters a new network namespace with only `lo`, which is up. Skips the program without the right
 * to. */
void own_network(void);

/* Drops one effective capability permanently. Returns false if it failed. */
bool drop_capability(int capability);

#endif
