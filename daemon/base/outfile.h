/* SPDX-License-Identifier: MIT */
/*
 * outfile: opens output files safely in directories that other users can write to.
 *
 * Another user could plant a symbolic link or a hard link there, to make this process overwrite
 * a file of its own user. Symbolic links are followed only if they belong to the user of this
 * process, to the user that called sudo(8), or to the owner of the root directory. Links in
 * /proc/self/fd are followed even to objects without a path. In a user namespace the kernel maps
 * the owner of the root directory and all users outside to the same user, so links of all of
 * these are followed.
 */
#ifndef SYNACKD_BASE_OUTFILE_H
#define SYNACKD_BASE_OUTFILE_H

#include <stdio.h>

/* Creates or truncates the file. On failure returns NULL and sets *why to a reason, which the
 * caller frees. */
FILE *outfile_open(const char *path, char **why);

/* Creates the directory, unless it exists. Returns an O_PATH descriptor of it, which the caller
 * closes. On failure returns -1 and sets *why to a reason, which the caller frees. */
int outfile_directory(const char *path, char **why);

#endif
