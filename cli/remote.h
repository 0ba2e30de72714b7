/* SPDX-License-Identifier: MIT */
/* remote: a synackd on another machine, by ssh and the synackctl there. */
#ifndef SYNACKCTL_REMOTE_H
#define SYNACKCTL_REMOTE_H

#include "client.h"

#include <sys/types.h>

/* command that ssh runs on the remote machine: see remote_bridge() */
#define REMOTE_BRIDGE "__bridge"

/*
 * Runs ssh to the host of `place`, in any form that ssh(1) accepts: [USER@]HOST, an alias, or
 * ssh://[USER@]HOST[:PORT]. The synackctl there connects to the socket `path` (NULL for its
 * default), and retries for the time `wait`. Returns a stream socket to the daemon, and sets *ssh
 * to the process. Returns -1 on failure, with a message in *error, which the caller frees. An
 * unknown host or a missing daemon is not detected yet: ssh reports it on standard error later, and
 * the socket reaches its end. The environment variable SYNACKD_SSH replaces the program `ssh`.
 */
int remote_reach(const struct client_place *place, pid_t *ssh, char **error);

/* On the remote machine: copies data from standard input to `fd`, and from `fd` to standard output,
 * until either reaches its end. */
void remote_bridge(int fd);

#endif
