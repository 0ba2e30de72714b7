/* SPDX-License-Identifier: MIT */
/* keys: the secret keys of a responder's TCP. */
#ifndef SYNACKD_TCP_KEYS_H
#define SYNACKD_TCP_KEYS_H

#include "base/random.h"

/* One key for each number that a client must not predict. A live daemon draws them separately, so
 * that one number reveals nothing about another: an ISN and a TSval leave in the same SYN-ACK (RFC
 * 6528 3, RFC 7323 5.4). In a replay all may be the same key. */
struct tcp_keys {
	struct siphash_key isn;        /* RFC 6528 */
	struct siphash_key timestamps; /* offset of the timestamp clock, RFC 7323 5.4 */
	struct siphash_key syn_cookie; /* RFC 4987 3.6 */
	struct siphash_key fast_open;  /* Fast Open cookies, RFC 7413 4.1.2 */
};

#endif
