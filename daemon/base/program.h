/* SPDX-License-Identifier: MIT */
/* program: the path of the running program, and of files next to it. */
#ifndef SYNACKD_BASE_PROGRAM_H
#define SYNACKD_BASE_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

/* A NUL-terminated path. */
struct program_path {
	char text[PATH_MAX];
};

/* Returns true if the file of this program is in the directory `tree` or below it; false if
 * /proc does not give its path. */
bool program_is_in(const char *tree);

/* Resolves `relative` against the directory of this program. Returns out->text, or NULL if /proc
 * does not give the path of the program or if access(2) with `mode` fails. */
const char *program_beside(struct program_path *out, const char *relative, int mode);

#endif
