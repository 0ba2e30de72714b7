/* SPDX-License-Identifier: MIT */
/* Rights of processes at the control socket: to read, and to change things. */
#ifndef SYNACKD_CONTROL_RIGHTS_H
#define SYNACKD_CONTROL_RIGHTS_H

#include <stdbool.h>
#include <sys/types.h>

/* Root and the daemon's own user may do everything, and so may members of `group`. */
struct control_access {
	const char *group; /* "" for none */
	const char *user;  /* that the daemon is to become; "" when it stays the one it is */
	bool everyone;     /* may read; else only processes that may change things */
};

/* The process at the other end of a Unix socket, as of its connect. */
struct peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

void peer_of(int fd, struct peer *peer);

/* The user's name, "?" when there is none of this uid; valid until the next call. Asks the user
 * database, as the following do, so they are for changes, not for every request. */
const char *peer_name(const struct peer *peer);

/*
 * May the process at the other end of `fd` change things? Its effective group counts, the groups
 * that it had when it connected, and its user's groups now.
 */
bool peer_may_change(int fd, const struct peer *peer, const struct control_access *access);

/* Why it may not, and what to do: a sentence, owned by the caller. */
char *peer_refusal(const struct peer *peer, const struct control_access *access, const char *path);

#endif
