/* SPDX-License-Identifier: MIT */
/* kernel_client: the client of `judge --kernel`. It uses the kernel's TCP, and does everything that
 * a scenario asks of a client. */
#ifndef SYNACKCTL_KERNEL_CLIENT_H
#define SYNACKCTL_KERNEL_CLIENT_H

#define KERNEL_CLIENT_PATIENCE 20 /* seconds to wait for the connection */

/* Connects and sends SYNACK_OCTETS octets. Starts to read after SYNACK_PAUSE seconds. Closes the
 * connection SYNACK_STAY seconds after all octets are sent. Returns the exit code: 0 if the
 * connection was established and not reset. */
int kernel_client(const char *address, const char *port);

#endif
