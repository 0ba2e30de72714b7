/* SPDX-License-Identifier: MIT */
/*
 * A network of one's own, without any right: the namespaces of namespaces.h, in them a veth pair of
 * which the client's kernel has one end and a synackd the other. All of it is gone with the last
 * process in it.
 */
#ifndef SYNACKCTL_SANDBOX_H
#define SYNACKCTL_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#define SANDBOX_CLIENT    "client" /* the interfaces */
#define SANDBOX_SERVER    "server"
#define SANDBOX_CLIENT_V4 "192.0.2.1" /* RFC 5737, RFC 3849 */
#define SANDBOX_SERVER_V4 "192.0.2.2"
#define SANDBOX_CLIENT_V6 "2001:db8::1"
#define SANDBOX_SERVER_V6 "2001:db8::2"

/* Move this process, which has one thread, into such a network, by namespaces_enter(). `hosts` is a
 * file that stands in place of /etc/hosts. Returns false if something is missing or forbidden;
 * *error, owned by the caller, is a sentence that names it, and the remedy. */
bool sandbox_enter(const char *hosts, char **error);

/*
 * Start a program in it. `capable`: with the rights over the sandbox that synackd needs; else with
 * none. Its standard output and error go to `out` and `err`, unless these are -1. It is killed when
 * this process ends. Returns its pid, or -1 and errno.
 */
pid_t sandbox_start(char *const *argv, bool capable, int out, int err);

#endif
