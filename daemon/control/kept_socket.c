/* SPDX-License-Identifier: MIT */
#include "control/kept_socket.h"

#include "base/log.h"
#include "base/text.h"
#include "control/listener.h"
#include "control/socket.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct timeval period = {.tv_sec = KEPT_SOCKET_SECONDS};

struct kept_socket {
	struct event_base *base;
	char *path;
	const struct control_access *access;
	void (*accepted)(int fd, void *arg);
	void *arg;
	struct listener *listener; /* NULL: none yet */
	struct event *timer;
	dev_t device; /* device and inode of the socket */
	ino_t inode;
	bool failed; /* it cannot be created again, which was logged */
};

/* Returns true if the socket at the path is the one that was created. */
static bool is_there(const struct kept_socket *k)
{
	struct stat st;

	return lstat(k->path, &st) == 0 && st.st_dev == k->device && st.st_ino == k->inode;
}

/* Creates the socket, and listens on it instead of the previous one. On failure returns false, and
 * *error is a message that the caller frees. */
static bool make(struct kept_socket *k, char **error)
{
	int fd = control_socket(k->path, k->access, error);
	struct listener *l;
	struct stat st;

	if (fd < 0)
		return false;
	l = listener_new(k->base, fd, k->accepted, k->arg);
	if (!l || lstat(k->path, &st) < 0) {
		*error = xasprintf("%s: cannot accept clients: out of memory or file descriptors: "
				   "raise LimitNOFILE= or 'ulimit -n'",
				   k->path);
		unlink(k->path);
		if (l)
			listener_free(l);
		else
			close(fd);
		return false;
	}
	listener_free(k->listener);
	k->listener = l;
	k->device = st.st_dev;
	k->inode = st.st_ino;
	return true;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	static struct log_limit limit = {.what = "control sockets that were removed", .lines = 10};
	struct kept_socket *k = arg;
	char *error = NULL;
	bool made;

	(void)fd;
	(void)what;
	if (is_there(k))
		return;
	made = make(k, &error);
	if (made)
		log_warn_limited(&limit, "%s: removed: created again", k->path);
	else if (!k->failed)
		log_warn_limited(&limit, "%s: removed: cannot create it again: %s", k->path, error);
	k->failed = !made;
	free(error);
}

struct kept_socket *kept_socket_new(struct event_base *base, const char *path,
				    const struct control_access *access,
				    void (*accepted)(int fd, void *arg), void *arg, char **error)
{
	struct kept_socket *k = xcalloc(1, sizeof(*k));
	bool made;

	*k = (struct kept_socket){.base = base,
				  .path = xstrdup(path),
				  .access = access,
				  .accepted = accepted,
				  .arg = arg};
	made = make(k, error);
	if (made)
		k->timer = event_new(base, -1, EV_PERSIST, on_timer, k);
	if (k->timer && event_add(k->timer, &period) == 0)
		return k;
	if (made)
		*error = xasprintf("%s: out of memory", path);
	kept_socket_free(k);
	return NULL;
}

void kept_socket_resume(struct kept_socket *k)
{
	listener_resume(k->listener);
}

void kept_socket_free(struct kept_socket *k)
{
	if (!k)
		return;
	if (k->timer)
		event_free(k->timer);
	if (k->listener && is_there(k))
		unlink(k->path);
	listener_free(k->listener);
	free(k->path);
	free(k);
}
