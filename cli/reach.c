/* SPDX-License-Identifier: MIT */
#include "reach.h"

#include "base/container.h"
#include "base/steady.h"
#include "base/text.h"
#include "progress.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TRY_EVERY     (100 * NS_PER_MS)
#define SILENT_FOR    (2 * NS_PER_S)
#define CONNECT_LIMIT 5 /* seconds; the backlog of a daemon that hangs is full */

/* The daemon binds its socket before it gives access to the group, so EACCES is retried first. */
#define FORBIDDEN_FOR (1 * NS_PER_S)

/* Returns a descriptor, or -1 and sets errno. */
static int try_once(const struct sockaddr_un *address)
{
	const struct timeval limit = {.tv_sec = CONNECT_LIMIT};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int why;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

static bool is_member(gid_t group)
{
	gid_t mine[256];
	int n = getgroups((int)COUNT_OF(mine), mine);

	for (int i = 0; i < n; i++)
		if (mine[i] == group)
			return true;
	return getegid() == group;
}

static bool is_listed(const struct group *group, const char *user)
{
	for (char **m = group->gr_mem; *m; m++)
		if (strcmp(*m, user) == 0)
			return true;
	return false;
}

/* Reads the status of the socket, or of its directory if that is not accessible. */
static bool owner_of(const char *path, struct stat *st)
{
	char *copy = xstrdup(path);
	bool found = stat(path, st) == 0 || stat(dirname(copy), st) == 0;

	free(copy);
	return found;
}

static char *explain_forbidden(const char *path)
{
	const struct passwd *user = getpwuid(getuid());
	const char *name = user ? user->pw_name : "$USER";
	const struct group *group;
	struct stat st;

	if (!owner_of(path, &st) || st.st_gid == 0 ||
	    !(st.st_mode & S_IXGRP || st.st_mode & S_IWGRP))
		return xasprintf(
			"%s: permission denied (only root has access): run the command with sudo",
			path);
	group = getgrgid(st.st_gid);
	if (!group)
		return xasprintf("%s: permission denied (only root and group %u have access): run "
				 "the command with sudo",
				 path, (unsigned)st.st_gid);
	if (is_listed(group, name) && !is_member(st.st_gid))
		return xasprintf("%s: permission denied (the user joined group '%s' after this "
				 "login): log in again, or run 'newgrp %s'",
				 path, group->gr_name, group->gr_name);
	return xasprintf("%s: permission denied (only root and group '%s' have access): run 'sudo "
			 "usermod -aG %s %s' and log in again",
			 path, group->gr_name, group->gr_name, name);
}

static char *explain(const char *path, int why)
{
	struct stat st;

	switch (why) {
	case ENOENT:
	case ENOTDIR:
		return xasprintf("%s: no synackd is listening: run 'systemctl start synackd' or "
				 "'synackd', or use --control to name another socket",
				 path);
	case EACCES:
	case EPERM: return explain_forbidden(path);
	case ECONNREFUSED:
		if (stat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
			return xasprintf(
				"%s: not a socket: use --control to name the socket of synackd",
				path);
		return xasprintf("%s: the synackd of this socket has exited: run 'systemctl start "
				 "synackd' or 'synackd'",
				 path);
	case EAGAIN:
		return xasprintf("%s: synackd does not accept connections: see its log; restart it "
				 "if it hangs",
				 path);
	default: return xasprintf("%s: cannot connect (%s)", path, strerror(why));
	}
}

static bool worth_waiting(int why, nstime waited, nstime wait)
{
	if (waited >= wait)
		return false;
	return why == ENOENT || why == ECONNREFUSED || why == EAGAIN ||
	       (why == EACCES && waited < FORBIDDEN_FOR);
}

static void show_waiting(const char *path, nstime waited)
{
	char *line;

	if (!progress_wanted())
		return;
	line = xasprintf("waiting for a synackd at %s, %lld s", path,
			 (long long)(waited / NS_PER_S));
	progress_show(line);
	free(line);
}

int reach(const char *path, nstime wait, char **error)
{
	const struct timespec pause = {.tv_nsec = TRY_EVERY};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	nstime begun = monotonic_now(), waited;
	nstime shown = 0; /* in seconds */
	int fd, why;

	if (strlen(path) >= sizeof(address.sun_path)) {
		*error = xasprintf("%s: path too long for a socket: expected at most %zu octets",
				   path, sizeof(address.sun_path) - 1);
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	for (;;) {
		fd = try_once(&address);
		why = errno;
		waited = monotonic_now() - begun;
		if (fd >= 0 || !worth_waiting(why, waited, wait))
			break;
		if (waited > SILENT_FOR && waited / NS_PER_S != shown) {
			show_waiting(path, waited);
			shown = waited / NS_PER_S;
		}
		nanosleep(&pause, NULL);
	}
	if (shown && progress_wanted())
		progress_clear();
	if (fd < 0)
		*error = explain(path, why);
	return fd;
}
