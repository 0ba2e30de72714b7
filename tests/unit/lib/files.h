/* SPDX-License-Identifier: MIT */
/* files: a new directory for the files of a test, so that messages have short paths. */
#ifndef SYNACKD_TESTS_UNIT_LIB_FILES_H
#define SYNACKD_TESTS_UNIT_LIB_FILES_H

#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Creates a directory and changes to it. Every test runs in a process of its own, so other tests
 * are not affected. */
void files_enter(void);
/* Leaves the directory and removes it. */
void files_leave(void);
/* Creates a file with this text in the current directory. */
void files_write(const char *name, const char *text);

/* Returns the contents of a file of less than 1 MiB. The caller frees it. */
char *files_read(const char *name);

#endif
