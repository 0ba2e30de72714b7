/* SPDX-License-Identifier: MIT */
/* What a ruleset puts on the wire, as far as it matters where that wire is. */
#ifndef SYNACKD_BEHAVIOUR_EFFECTS_H
#define SYNACKD_BEHAVIOUR_EFFECTS_H

#include "behaviour/rule.h"

/* Fields of an IPv4 header that a link with link.loopback does not leave as they are. */
enum ip_lie {
	LIE_IP_LEN = 1 << 0,
	LIE_IP_CHECKSUM = 1 << 1,
	LIE_IP_ID_ZERO = 1 << 2, /* without DF: with it the kernel leaves a 0 alone */
};

/* Those that the ruleset may write, a bit each. */
unsigned ruleset_ip_lies(const struct ruleset *r);

/* What of it this family has not, for people: "IP option". NULL: it has all. */
const char *ruleset_foreign(const struct ruleset *r, bool v4);

/* Does it send `too-big`? The client's kernel remembers that of our address, for all connections to
 * it, RFC 1191 section 6.3. */
bool ruleset_shrinks_paths(const struct ruleset *r);

#endif
