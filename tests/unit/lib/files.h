/* SPDX-License-Identifier: MIT */
/* Tests of what is read from files: each in a new folder, so that messages have short names. */
#ifndef SYNACKD_TESTS_UNIT_LIB_FILES_H
#define SYNACKD_TESTS_UNIT_LIB_FILES_H

#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Makes a folder and changes to it. Every test runs in a process of its own, so the change of
 * folder ends with it. */
void files_enter(void);
/* Leaves that folder and removes it. */
void files_leave(void);
/* Makes a file of this text in the current folder. */
void files_write(const char *name, const char *text);

/* Returns a whole file, below 1 MiB; the caller frees it. */
char *files_read(const char *name);

#endif
