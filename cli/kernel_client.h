/* SPDX-License-Identifier: MIT */
/* A client of the kernel's TCP that does what a scenario asks of its client: what `judge --kernel`
 * runs. */
#ifndef SYNACKCTL_KERNEL_CLIENT_H
#define SYNACKCTL_KERNEL_CLIENT_H

#define KERNEL_CLIENT_PATIENCE 20 /* seconds that it waits for its connection */

/* Connect, send SYNACK_OCTETS, read but for the first SYNACK_PAUSE seconds, stay for SYNACK_STAY
 * seconds, close. The exit code: 0 when the connection came about and was not reset. */
int kernel_client(const char *address, const char *port);

#endif
