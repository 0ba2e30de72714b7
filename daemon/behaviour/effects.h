/* SPDX-License-Identifier: MIT */
/* effects: checks which links and address families a ruleset can be used on. */
#ifndef SYNACKD_BEHAVIOUR_EFFECTS_H
#define SYNACKD_BEHAVIOUR_EFFECTS_H

#include "behaviour/rule.h"

/* Fields of an IPv4 header that the kernel changes on a link with link.loopback. */
enum ip_lie {
	LIE_IP_LEN = 1 << 0,
	LIE_IP_CHECKSUM = 1 << 1,
	LIE_IP_ID_ZERO = 1 << 2, /* without DF; with DF, the kernel does not change an id of 0 */
};

/* Returns the bits of enum ip_lie for the fields that the ruleset may write. */
unsigned ruleset_ip_lies(const struct ruleset *r);

/* Returns the first feature of the ruleset that the address family lacks, as a text for messages:
 * "IP option". Returns NULL if it has all. */
const char *ruleset_foreign(const struct ruleset *r, bool v4);

/* Returns true if the ruleset sends `too-big`. The client's kernel stores the path MTU for our
 * address, so it affects all connections to that address (RFC 1191 6.3). */
bool ruleset_shrinks_paths(const struct ruleset *r);

#endif
