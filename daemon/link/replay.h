/* SPDX-License-Identifier: MIT */
/* replay: the link that reads and writes captures. */
#ifndef SYNACKD_LINK_REPLAY_H
#define SYNACKD_LINK_REPLAY_H

#include "link/link.h"

/*
 * Opens a link that reads frames from the pcap file `in` and writes sent packets to `out`;
 * nothing is written if `out` is NULL.
 *
 * It reads classic pcap, in both byte orders, with time stamps in micro- or nanoseconds, and
 * with the link types Ethernet (1, 802.1Q tags kept), raw IP (101), IPv4 (228), IPv6 (229),
 * Linux cooked (113) and null/loopback (0). It ignores frames that are not IP. receive() returns
 * -1 with errno 0 at the end of the file, and with EBADMSG if the file is truncated or
 * malformed.
 *
 * The output has the link type of the input, but raw IP for cooked and null; it has nanosecond
 * time stamps if the input has them, else microseconds, rounded down. Frames are in the order of
 * sending; Ethernet frames have the addresses of the path. The output is complete after a flush,
 * unless failed_out counts failures.
 *
 * On failure returns NULL and sets *error to a message with the file's name, which the caller
 * frees.
 */
struct link *replay_open(const char *in, const char *out, char **error);

#endif
