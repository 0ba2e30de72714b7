/* SPDX-License-Identifier: MIT */
/* Where the file of the running program is, and files beside it. */
#ifndef SYNACKD_BASE_PROGRAM_H
#define SYNACKD_BASE_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

/* A path and the terminating NUL. */
struct program_path {
	char text[PATH_MAX];
};

/* Is the file of this program in the directory `tree`, or below it? False if /proc does not tell.
 */
bool program_is_in(const char *tree);

/* The path of `relative`, seen from the directory of this program. Returns NULL if /proc does not
 * tell that, or if this process has no access in `mode`, as of access(2); else the text of *out. */
const char *program_beside(struct program_path *out, const char *relative, int mode);

#endif
