/* SPDX-License-Identifier: MIT */
/* hostname: the host names of endpoints. */
#ifndef SYNACKD_CONTROL_HOSTNAME_H
#define SYNACKD_CONTROL_HOSTNAME_H

#define HOSTNAME_MAX 254 /* with the NUL; RFC 1123 2.1 */

/*
 * Makes the host name of an endpoint: `v4/synack-delay` becomes synack-delay.v4.CONTROL_DOMAIN
 * (protocol.h). Parts between `/` become labels, in reverse order; a character that is invalid in a
 * label becomes `-`. `again` (0 for the first) makes equal names unique, as in
 * synack-delay-2.v4.synack.test.
 */
void hostname_of(const char *endpoint, unsigned again, char out[HOSTNAME_MAX]);

#endif
