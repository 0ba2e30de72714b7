/* SPDX-License-Identifier: MIT */
/* The link of captures. */
#ifndef SYNACKD_LINK_REPLAY_H
#define SYNACKD_LINK_REPLAY_H

#include "link/link.h"

/*
 * A link that reads frames from a pcap file and writes what is sent to another. Classic pcap, both
 * byte orders, micro- or nanosecond stamps; link types Ethernet (1, 802.1Q tags kept), raw IP
 * (101), IPv4 (228), IPv6 (229), Linux cooked (113) and null/loopback (0). The output has the
 * input's link type (cooked and null become raw IP) and nanosecond stamps when the input has them,
 * else microsecond ones rounded down; Ethernet answers swap the addresses; frames in the order
 * sent. The output is whole after a flush, unless failed_out counts; with `out` NULL nothing is
 * written. Frames that are not IP are passed over. receive gives -1 with errno 0 at the end of the
 * file, and with EBADMSG where the file is cut off or broken. On failure NULL, and *error (owned by
 * the caller) is one sentence with the file's name.
 */
struct link *replay_open(const char *in, const char *out, char **error);

#endif
