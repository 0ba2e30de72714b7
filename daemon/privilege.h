/* SPDX-License-Identifier: MIT */
/* privilege: checks and drops the privileges of the process. */
#ifndef SYNACKD_PRIVILEGE_H
#define SYNACKD_PRIVILEGE_H

#include <stdbool.h>

/* Returns true if the process has the capabilities for a live run. Otherwise *error is a message
 * with the remedy, which the caller frees. */
bool privilege_check(char **error);

/*
 * Drops all privileges that are not required any more: all capabilities except NET_RAW, NET_ADMIN
 * and NET_BIND_SERVICE (for guards that a reload opens), the right to gain privileges by execve(2),
 * and, if `user` is not empty, the user and its groups.
 *
 * Fails closed: returns false if any step failed or other privileges remain, and the caller must
 * exit. *error is then a message that the caller frees.
 */
bool privilege_drop(const char *user, char **error);

#endif
