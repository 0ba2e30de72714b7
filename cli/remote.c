/* SPDX-License-Identifier: MIT */
#include "remote.h"

#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Quotes a word for the shell on the remote machine. */
static void add_quoted(struct text *t, const char *word)
{
	text_add(t, "'");
	for (; *word; word++)
		if (*word == '\'')
			text_add(t, "'\\''");
		else
			text_addn(t, word, 1);
	text_add(t, "'");
}

static char *far_command(const char *path, nstime wait)
{
	struct text t = {0};

	text_add(&t, "synackctl");
	if (path) {
		text_add(&t, " --control ");
		add_quoted(&t, path);
	}
	if (wait)
		text_addf(&t, " --wait %lldms", (long long)(wait / NS_PER_MS));
	text_add(&t, " " REMOTE_BRIDGE);
	return t.s;
}

/* Runs in the child process. `fd` is its end of the pair. */
static _Noreturn void run_ssh(const struct client_place *place, const char *command, int fd)
{
	const char *given = getenv("SYNACKD_SSH");
	const char *ssh = given && *given ? given : "ssh";

	if (dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
		execlp(ssh, ssh, place->alone ? "-xToBatchMode=yes" : "-xT", "--", place->host,
		       command, (char *)NULL);
	dprintf(STDERR_FILENO, "synackctl: %s: cannot execute (%s)\n", ssh, strerror(errno));
	_exit(127);
}

int remote_reach(const struct client_place *place, pid_t *ssh, char **error)
{
	char *command = far_command(place->path, place->wait);
	int pair[2] = {-1, -1};

	*ssh = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0)
		*ssh = fork();
	if (*ssh == 0)
		run_ssh(place, command, pair[1]);
	free(command);
	if (*ssh < 0)
		*error = xasprintf("%s: cannot start ssh (%s)", place->host, strerror(errno));
	if (*ssh < 0 && pair[0] >= 0)
		close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
	return *ssh < 0 ? -1 : pair[0];
}

/* Copies available data. Returns false at the end of the stream or on an error. */
static bool pass(int from, int to)
{
	char chunk[65536];
	ssize_t n, sent;

	do
		n = read(from, chunk, sizeof(chunk));
	while (n < 0 && errno == EINTR);
	for (ssize_t done = 0; done < n; done += sent) {
		sent = write(to, chunk + done, (size_t)(n - done));
		if (sent < 0 && errno == EINTR)
			sent = 0;
		else if (sent < 0)
			return false;
	}
	return n > 0;
}

void remote_bridge(int fd)
{
	struct pollfd ends[] = {{.fd = STDIN_FILENO, .events = POLLIN},
				{.fd = fd, .events = POLLIN}};
	bool open = true;

	while (open) {
		if (poll(ends, 2, -1) < 0) {
			if (errno != EINTR)
				return;
			continue; /* poll() has reported no state */
		}
		/* Answers are copied first, so that the end of standard input does not cut them
		 * off. */
		if (ends[1].revents)
			open = pass(fd, STDOUT_FILENO);
		if (open && ends[0].revents)
			open = pass(STDIN_FILENO, fd);
	}
}
