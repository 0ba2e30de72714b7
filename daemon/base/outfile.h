/* SPDX-License-Identifier: MIT */
/*
 * Files that a user has written. They may be in a directory of another user, who may have put a
 * symbolic link there, or a hard link, to have a file of the first user overwritten. Symbolic links
 * are followed that belong to the user of this process, to the user that called sudo(8), or to the
 * owner of the root directory; as to /proc/self/fd, also to what has no path. (In a user namespace
 * the kernel makes no difference between the owner of the root directory and others outside.)
 */
#ifndef SYNACKD_BASE_OUTFILE_H
#define SYNACKD_BASE_OUTFILE_H

#include <stdio.h>

/* Make the file, or empty it. Returns NULL on failure: *why, owned by the caller, is a phrase for
 * people then. */
FILE *outfile_open(const char *path, char **why);

/* Make the directory, unless it is there. Returns a descriptor of it, of the caller, as of O_PATH;
 * or -1, as above. */
int outfile_directory(const char *path, char **why);

#endif
