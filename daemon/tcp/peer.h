/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_TCP_PEER_H
#define SYNACKD_TCP_PEER_H

#include "tcp/flow.h"
#include "wire/segment.h"

/*
 * Did the client of this connection send the segment, or at least a host that knows the sequence
 * numbers of both directions? SEG.ACK must lie in SND.UNA to SND.NXT, SEG.SEQ in the receive window
 * or, as in a segment that is retransmitted because its ACK was lost, at most one window before it.
 * Before the client has acknowledged our SYN, the same SYN again will do. An RST never proves it.
 */
bool tcp_from_peer(const struct flow *f, const struct segment *seg);

#endif
