/* SPDX-License-Identifier: MIT */
/* keys: the secret keys of a responder's TCP. */
#ifndef SYNACKD_TCP_KEYS_H
#define SYNACKD_TCP_KEYS_H

#include "base/random.h"

/* One key for each purpose. A live daemon draws them separately, so that the hashes for one purpose
 * reveal nothing about those for another. In a replay all may be the same key: their messages have
 * different lengths. The key that selects the buckets of the flow table is not one of them, as
 * these hashes reach the wire. */
struct tcp_keys {
	struct siphash_key isn; /* ISN and offset of the timestamp clock: struct tcp_secrets */
	struct siphash_key syn_cookie; /* RFC 4987 3.6 */
	struct siphash_key fast_open;  /* Fast Open cookies, RFC 7413 4.1.2 */
};

#endif
