/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/outfile.h"
#include "base/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHER 4242 /* the uid of another user */

static char directory[] = "/tmp/synackd-outfile-XXXXXX";

static void begin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
}

static void end(void)
{
	char *command = xasprintf("rm -rf %s", directory);

	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(system(command), 0);
	free(command);
}

/* Writes a word. The file at `read_at` must then contain this word and nothing else. */
static void writes(const char *path, const char *read_at)
{
	char *why = NULL, got[16] = "";
	FILE *f = outfile_open(path, &why), *there;

	ck_assert_msg(f != NULL, "%s: %s", path, why);
	fputs("new", f);
	fclose(f);
	there = fopen(read_at, "r");
	ck_assert_ptr_nonnull(there);
	ck_assert_ptr_nonnull(fgets(got, sizeof(got), there));
	fclose(there);
	ck_assert_str_eq(got, "new");
}

static void refuses(const char *path, const char *word)
{
	char *why = NULL;
	FILE *f = outfile_open(path, &why);

	ck_assert_msg(f == NULL, "%s", path);
	ck_assert_msg(strstr(why, word) != NULL, "%s: %s", path, why);
	free(why);
}

static void make(const char *path)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs("old words", f);
	fclose(f);
}

static bool is_old(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_size == 9;
}

START_TEST(a_file_is_created_or_truncated)
{
	char *path;

	begin();
	path = xasprintf("%s//a/./../b", directory);
	mkdir("a", 0755);
	writes("b", "b");
	make("b");
	writes(path, "b");
	refuses("none/b", "No such file");
	refuses("a", "directory");
	free(path);
	end();
}
END_TEST

START_TEST(own_links_are_followed)
{
	begin();
	mkdir("place", 0755);
	ck_assert_int_eq(symlink("place", "way"), 0);
	ck_assert_int_eq(symlink("../file", "place/up"), 0);
	ck_assert_int_eq(symlink("way/up", "first"), 0);
	make("file");
	writes("first", "file");
	writes("way/new", "place/new");
	ck_assert_int_eq(symlink("not-yet", "dangling"), 0);
	writes("dangling", "not-yet");
	ck_assert_int_eq(symlink("loop", "loop"), 0);
	refuses("loop", "symbolic links");
	end();
}
END_TEST

START_TEST(pipes_in_proc_are_opened)
{
	char *path, *why = NULL, got[4] = "";
	int ends[2];
	FILE *f;

	begin();
	ck_assert_int_eq(pipe(ends), 0);
	path = xasprintf("/dev/fd/%d", ends[1]);
	f = outfile_open(path, &why);
	ck_assert_msg(f != NULL, "%s", why);
	fputs("new", f);
	fclose(f);
	ck_assert_int_eq(read(ends[0], got, 3), 3);
	ck_assert_str_eq(got, "new");
	writes("here", "here");
	f = outfile_open("/dev/null", &why);
	ck_assert_ptr_nonnull(f);
	fclose(f);
	free(path);
	end();
}
END_TEST

/* Needs root, because other users cannot change the owner of a link. */
START_TEST(links_of_other_users_are_refused)
{
	char *why = NULL;
	int fd;

	if (geteuid() != 0)
		return;
	begin();
	mkdir("theirs", 0777);
	mkdir("mine", 0755);
	make("mine/file");
	ck_assert_int_eq(symlink("../mine/file", "theirs/file"), 0);
	ck_assert_int_eq(symlink("../mine/new", "theirs/new"), 0);
	ck_assert_int_eq(symlink("../mine", "theirs/way"), 0);
	ck_assert_int_eq(link("mine/file", "theirs/hard"), 0);
	ck_assert_int_eq(symlink("theirs/way", "way"), 0);
	ck_assert_int_eq(chown("theirs", OTHER, OTHER), 0);
	for (const char *const *name =
		     (const char *const[]){"theirs/file", "theirs/new", "theirs/way", NULL};
	     *name; name++)
		ck_assert_int_eq(lchown(*name, OTHER, OTHER), 0);
	refuses("theirs/file", "another user");
	refuses("theirs/new", "another user");
	refuses("theirs/way/file", "another user");
	refuses("way/file", "another user"); /* a link of our own to a link of the other user */
	refuses("theirs/hard", "another user");
	ck_assert_int_eq(outfile_directory("theirs/way", &why), -1);
	ck_assert_ptr_nonnull(strstr(why, "another user"));
	free(why);
	ck_assert(is_old("mine/file"));
	ck_assert_int_ne(access("mine/new", F_OK), 0);
	writes("theirs/plain", "theirs/plain");
	fd = outfile_directory("theirs/new-one/", &why);
	ck_assert_int_ge(fd, 0);
	close(fd);
	end();
}
END_TEST

UNIT_MAIN("outfile", a_file_is_created_or_truncated, own_links_are_followed,
	  pipes_in_proc_are_opened, links_of_other_users_are_refused)
