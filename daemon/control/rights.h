/* SPDX-License-Identifier: MIT */
/* rights: the rights of processes at the control socket, to read and to make changes. */
#ifndef SYNACKD_CONTROL_RIGHTS_H
#define SYNACKD_CONTROL_RIGHTS_H

#include <stdbool.h>
#include <sys/types.h>

/* Root, the user of the daemon and the members of `group` may make changes. */
struct control_access {
	const char *group; /* "": none */
	const char *user;  /* user that the daemon will switch to; "": none */
	bool everyone;     /* all users may read; else only users that may make changes */
};

/* The process at the other end of a Unix socket, at the time of its connect. */
struct peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

void peer_of(int fd, struct peer *peer);

/* Returns the name of the user, or "?" if the uid is unknown. The result is valid until the next
 * call. This and the following functions query the user database, so they are called for changes
 * only, not for each request. */
const char *peer_name(const struct peer *peer);

/*
 * Returns true if the process at the other end of `fd` may make changes. The group of `access` is
 * compared with the effective group of the process, with its groups at the time of its connect, and
 * with the present groups of its user.
 */
bool peer_may_change(int fd, const struct peer *peer, const struct control_access *access);

/* Returns the reason for a refusal, with the remedy. The caller frees it. */
char *peer_refusal(const struct peer *peer, const struct control_access *access, const char *path);

#endif
