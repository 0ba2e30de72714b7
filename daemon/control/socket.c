/* SPDX-License-Identifier: MIT */
#include "control/socket.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

static int fail(int fd, char **error, char *message)
{
	*error = message;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Returns true if a process listens on the socket, even if its backlog is full; the socket must
 * then not be replaced. */
static bool alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* without a descriptor for the check, the socket must stay */
	bool answers = fd < 0 ||
		       connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
		       errno == EAGAIN;

	if (fd >= 0)
		close(fd);
	return answers;
}

static bool give_to_group(const char *path, const char *group)
{
	const struct group *g = getgrnam(group);
	struct stat st;

	/* The service has that group already, and its system call filter prohibits chown(2). */
	return g && lstat(path, &st) == 0 &&
	       (st.st_gid == g->gr_gid || lchown(path, (uid_t)-1, g->gr_gid) == 0);
}

/* Changes the owner to the user that the daemon will switch to. An unknown user is reported at the
 * switch. */
static void give_to_user(const char *path, const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (pw && geteuid() == 0 && lchown(path, pw->pw_uid, (gid_t)-1) < 0)
		log_warn("%s: cannot change the owner to %s: %s", path, user, strerror(errno));
}

/* Makes /run/synackd, unless the service manager did. Returns true if it was made. */
static bool make_directory(const char *path)
{
	char *copy = xstrdup(path);
	bool made = mkdir(dirname(copy), 0755) == 0;

	free(copy);
	return made;
}

static void give_directory_to_user(const char *path, const char *user)
{
	char *copy = xstrdup(path);

	give_to_user(dirname(copy), user);
	free(copy);
}

int control_socket(const char *path, const struct control_access *access, char **error)
{
	const char *group = access->group;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	mode_t mask;
	int fd, bound;
	bool made;

	if (strlen(path) >= sizeof(address.sun_path))
		return fail(-1, error,
			    xasprintf("%s: path too long: expected at most %zu octets", path,
				      sizeof(address.sun_path) - 1));
	memcpy(address.sun_path, path, strlen(path) + 1);
	made = make_directory(path);
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode))
			return fail(-1, error,
				    xasprintf("%s: exists and is not a socket: remove it, or give "
					      "another path with --control",
					      path));
		if (alive(&address))
			return fail(-1, error,
				    xasprintf("%s: in use by another synackd: stop it, or give "
					      "another path with --control",
					      path));
		unlink(path);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* A connect requires the right to write. The mode is set by the umask, as the owner of the
	 * directory could replace the socket before a chmod. No client can connect before listen().
	 */
	mask = umask(access->everyone ? 0111 : 0117);
	bound = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (bound < 0)
		return fail(fd, error, xasprintf("%s: %s", path, strerror(errno)));
	if (*group && !give_to_group(path, group)) {
		unlink(path);
		return fail(fd, error,
			    xasprintf("%s: cannot change the group to '%s': create it, or set "
				      "control.group to \"\"",
				      path, group));
	}
	if (*access->user) {
		give_to_user(path, access->user);
		/* The daemon switches to this user later, and must be able to remove the socket. */
		if (made)
			give_directory_to_user(path, access->user);
	}
	if (listen(fd, BACKLOG) < 0)
		return fail(fd, error, xasprintf("%s: %s", path, strerror(errno)));
	return fd;
}
