/* SPDX-License-Identifier: MIT */
/* peer: decides whether a segment comes from the client of a connection. */
#ifndef SYNACKD_TCP_PEER_H
#define SYNACKD_TCP_PEER_H

#include "tcp/flow.h"
#include "wire/segment.h"

/*
 * Returns true if the client of this connection sent the segment, or at least a host that knows the
 * sequence numbers of both directions. SEG.ACK must be in SND.UNA to SND.NXT. SEG.SEQ must be in
 * the receive window or at most one window before it, as in a segment that is retransmitted because
 * its ACK was lost. Before the client has acknowledged our SYN, a retransmission of its SYN is
 * sufficient. An RST is never sufficient. The flow must not be a struct tcp_time_wait.
 */
bool tcp_from_peer(const struct flow *f, const struct segment *seg);

#endif
