/* SPDX-License-Identifier: MIT */
/* The secrets of a TCP. */
#ifndef SYNACKD_TCP_KEYS_H
#define SYNACKD_TCP_KEYS_H

#include "base/random.h"

/*
 * One key for each number that a client must not foresee. Live they are drawn apart, so that what a
 * client sees of one number tells nothing of another: an ISN and a TSval leave in the same SYN-ACK
 * (RFC 6528 3, RFC 7323 5.4). In a replay they may be one key.
 */
struct tcp_keys {
	struct siphash_key isn;        /* RFC 6528 */
	struct siphash_key timestamps; /* offsets of the timestamp clock, RFC 7323 5.4 */
	struct siphash_key syn_cookie; /* RFC 4987 3.6 */
	struct siphash_key fast_open;  /* cookies of Fast Open, RFC 7413 4.1.2 */
};

#endif
