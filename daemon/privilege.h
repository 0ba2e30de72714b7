/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_PRIVILEGE_H
#define SYNACKD_PRIVILEGE_H

#include <stdbool.h>

/* May we do what a live run needs? If not, false and *error (owned by the caller) is one sentence
 * with the remedy. */
bool privilege_check(char **error);

/*
 * Give up everything that is not needed any more: all capabilities but NET_RAW, NET_ADMIN and
 * NET_BIND_SERVICE (for guards that a reload opens), what could be gained by execve(2), and with
 * `user` not empty the user and its groups. Fails closed: false, also when anything else is left in
 * the end, means that the caller must end. *error as above.
 */
bool privilege_drop(const char *user, char **error);

#endif
