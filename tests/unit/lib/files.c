/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <stdio.h>
#include <unistd.h>

static char files_folder[64];

void files_enter(void)
{
	snprintf(files_folder, sizeof(files_folder), "/tmp/synackd-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(files_folder));
	ck_assert_int_eq(chdir(files_folder), 0);
}

void files_leave(void)
{
	char command[128];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -r %s", files_folder);
	ck_assert_int_eq(system(command), 0);
}

void files_write(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

char *files_read(const char *name)
{
	FILE *f = fopen(name, "r");
	size_t size = 1 << 20;
	char *text = calloc(1, size);

	ck_assert_msg(f != NULL, "%s", name);
	ck_assert_uint_lt(fread(text, 1, size - 1, f), size - 1);
	fclose(f);
	return text;
}
