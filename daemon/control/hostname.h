/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_CONTROL_HOSTNAME_H
#define SYNACKD_CONTROL_HOSTNAME_H

#define HOSTNAME_MAX 254 /* with the NUL; RFC 1123 2.1 */

/*
 * The host name for an endpoint: `v4/synack-delay` is synack-delay.v4.CONTROL_DOMAIN (protocol.h).
 * Parts between `/` become labels, the last one first; a character that no label can have becomes
 * `-`. Two endpoints may have the same host name: `again` (0 for the first) tells them apart, as in
 * synack-delay-2.v4.synack.test.
 */
void hostname_of(const char *endpoint, unsigned again, char out[HOSTNAME_MAX]);

#endif
