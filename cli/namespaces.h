/* SPDX-License-Identifier: MIT */
/* namespaces: the namespaces of a sandbox, with or without root. */
#ifndef SYNACKCTL_NAMESPACES_H
#define SYNACKCTL_NAMESPACES_H

#include <stdbool.h>

/*
 * Moves this process, which must have one thread, into a new network namespace and a new mount
 * namespace, with all capabilities over them. Root with CAP_SYS_ADMIN, CAP_NET_ADMIN and
 * CAP_NET_RAW needs no user namespace. Any other process also gets a user namespace, in which its
 * user is the same. In the user namespace of root all other users exist too if root has CAP_SETUID,
 * CAP_SETGID and CAP_SETFCAP; else root is the only user. Root without CAP_SETFCAP is the user
 * `nobody` inside, because Linux maps uid 0 only with that capability (user_namespaces(7)); it
 * still owns its files.
 *
 * Returns false if the kernel refuses, with one sentence in *error that names the cause and the
 * remedy. The caller frees it.
 */
bool namespaces_enter(char **error);

/* Returns the cause of a failed mount(2) with this errno, and the remedy, as one sentence. The
 * caller frees it. */
char *namespaces_explain_mount(int why);

#endif
