/* SPDX-License-Identifier: MIT */
/* A synackd on another machine, by way of ssh and of the synackctl there. */
#ifndef SYNACKCTL_REMOTE_H
#define SYNACKCTL_REMOTE_H

#include "client.h"

#include <sys/types.h>

/* What is run at the far end of ssh: remote_bridge(). */
#define REMOTE_BRIDGE "__bridge"

/*
 * Run ssh to the host of `place`, as ssh(1) takes it: [USER@]HOST, an alias,
 * ssh://[USER@]HOST[:PORT]. There it reaches the daemon at the path (NULL: the default there),
 * trying for as long as `wait`. Returns a stream socket to that, and the process in *ssh; or -1,
 * and *error is a sentence, the caller's. Whether there is such a host, or a daemon, is not known
 * yet: ssh says so on standard error, and the socket ends. $SYNACKD_SSH is run in place of `ssh`.
 */
int remote_reach(const struct client_place *place, pid_t *ssh, char **error);

/* At the far end: pass on what comes from standard input and from `fd`, until either ends. */
void remote_bridge(int fd);

#endif
