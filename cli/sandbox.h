/* SPDX-License-Identifier: MIT */
/* sandbox: a private network that needs no privileges: the namespaces of namespaces.h, with a veth
 * pair. The kernel of the client uses one end, and a synackd the other. The network ends with the
 * last process in it. */
#ifndef SYNACKCTL_SANDBOX_H
#define SYNACKCTL_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#define SANDBOX_CLIENT    "client" /* names of the interfaces */
#define SANDBOX_SERVER    "server"
#define SANDBOX_CLIENT_V4 "192.0.2.1" /* RFC 5737, RFC 3849 */
#define SANDBOX_SERVER_V4 "192.0.2.2"
#define SANDBOX_CLIENT_V6 "2001:db8::1"
#define SANDBOX_SERVER_V6 "2001:db8::2"

/* Moves this process, which must have one thread, into a new sandbox: see namespaces_enter(). The
 * file `hosts` replaces /etc/hosts there. Returns false on failure, with one sentence in *error
 * that names the cause and the remedy. The caller frees it. */
bool sandbox_enter(const char *hosts, char **error);

/* Starts a program in the sandbox. With `capable` it has the capabilities that synackd needs, else
 * none. Its standard output and error are `out` and `err`, unless these are -1. It is killed if
 * this process ends. Returns its pid, or -1 and sets errno. */
pid_t sandbox_start(char *const *argv, bool capable, int out, int err);

#endif
