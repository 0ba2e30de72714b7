/* SPDX-License-Identifier: MIT */
/* The namespaces of a sandbox, with or without the rights of root. */
#ifndef SYNACKCTL_NAMESPACES_H
#define SYNACKCTL_NAMESPACES_H

#include <stdbool.h>

/*
 * Move this process, which has one thread, into a network and a mount namespace of its own, over
 * which it has all rights. Root that has CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW needs no more
 * than that; any other process gets a user namespace, too, in which it stays the same user. There
 * root keeps all other users if it has CAP_SETUID, CAP_SETGID and CAP_SETFCAP, and else is alone.
 * Root that has no CAP_SETFCAP is the user `nobody` inside, as Linux maps uid 0 by that right alone
 * (user_namespaces(7)); its files stay its own.
 *
 * Returns false if the kernel refuses. *error, owned by the caller, is one sentence that names the
 * obstacle and the remedy.
 */
bool namespaces_enter(char **error);

/* The reason why this process may not mount, where mount(2) failed with this errno: a sentence with
 * the remedy. The caller frees it. */
char *namespaces_explain_mount(int why);

#endif
