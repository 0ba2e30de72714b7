/* SPDX-License-Identifier: MIT */
#include "files.h"

#include "base/text.h"
#include "control/socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Returns a path in a new directory, so short that messages contain it completely. */
static char *begin(void)
{
	char folder[128];

	files_enter();
	ck_assert_ptr_nonnull(getcwd(folder, sizeof(folder)));
	return xasprintf("%s/control", folder);
}

static void end(char *path)
{
	free(path);
	files_leave();
}

static int open_for(const char *path, bool everyone)
{
	const struct control_access access = {.group = "", .user = "", .everyone = everyone};
	char *error = NULL;
	int fd = control_socket(path, &access, &error);

	ck_assert_msg(fd >= 0, "%s", error);
	return fd;
}

static void is_refused(const char *path, const char *group, const char *why)
{
	const struct control_access access = {.group = group, .user = ""};
	char *error = NULL;

	ck_assert_int_lt(control_socket(path, &access, &error), 0);
	ck_assert_ptr_nonnull(strstr(error, why));
	free(error);
}

static void has_mode(const char *path, mode_t mode)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_int_eq(st.st_mode & 07777, mode);
}

START_TEST(mode_of_the_socket)
{
	char *path = begin();
	int fd = open_for(path, false);

	has_mode(path, 0660);
	close(fd);
	end(path);
}
END_TEST

START_TEST(mode_of_the_socket_for_everyone)
{
	char *path = begin();
	int fd = open_for(path, true);

	has_mode(path, 0666);
	close(fd);
	end(path);
}
END_TEST

START_TEST(its_directory_is_created)
{
	char *folder = begin(), *path = xasprintf("%s/socket", folder);
	int fd = open_for(path, false);

	has_mode(path, 0660);
	close(fd);
	free(path);
	end(folder);
}
END_TEST

START_TEST(a_running_daemon_keeps_its_socket)
{
	char *path = begin();
	int fd = open_for(path, false);

	is_refused(path, "", "in use by another synackd");
	is_refused(path, "", path);
	close(fd);
	end(path);
}
END_TEST

/* The daemon's process has ended without removing its socket. */
START_TEST(a_dead_daemons_socket_is_replaced)
{
	char *path = begin();

	close(open_for(path, false));
	has_mode(path, 0660);
	close(open_for(path, true));
	has_mode(path, 0666);
	end(path);
}
END_TEST

START_TEST(a_file_is_not_replaced)
{
	char *path = begin(), *text;

	files_write(path, "notes");
	is_refused(path, "", "not a socket");
	text = files_read(path);
	ck_assert_str_eq(text, "notes");
	free(text);
	end(path);
}
END_TEST

START_TEST(an_unknown_group_is_an_error)
{
	char *path = begin();

	is_refused(path, "no-such-group", "no-such-group");
	ck_assert_int_ne(access(path, F_OK), 0);
	end(path);
}
END_TEST

START_TEST(a_path_too_long_is_an_error)
{
	struct sockaddr_un most;
	char path[sizeof(most.sun_path) + 1];

	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	is_refused(path, "", "at most 107 octets");
}
END_TEST

UNIT_MAIN("socket", mode_of_the_socket, mode_of_the_socket_for_everyone, its_directory_is_created,
	  a_running_daemon_keeps_its_socket, a_dead_daemons_socket_is_replaced,
	  a_file_is_not_replaced, an_unknown_group_is_an_error, a_path_too_long_is_an_error)
