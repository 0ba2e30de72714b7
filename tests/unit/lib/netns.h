/* SPDX-License-Identifier: MIT */
/* A network of its own for a test program: as root, or as any user where user namespaces are
 * allowed. */
#ifndef SYNACKD_TESTS_UNIT_LIB_NETNS_H
#define SYNACKD_TESTS_UNIT_LIB_NETNS_H

#include <linux/capability.h>
#include <stdbool.h>

#define EXIT_SKIPPED 77 /* as CTest's SKIP_RETURN_CODE has it */

/* Runs `ip` with these arguments. Returns false if it failed. */
__attribute__((format(printf, 1, 2))) bool ip(const char *format, ...);

/* Ends the program with EXIT_SKIPPED; says this, and errno. */
void skip(const char *what);

/* Enters a new network namespace, with `lo` up and nothing else in it. Skips the program where
 * there is no right to. */
void own_network(void);

/* Gives up one effective capability, for the rest of this process. Returns false if it failed. */
bool drop_capability(int capability);

#endif
