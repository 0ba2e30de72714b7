/* SPDX-License-Identifier: MIT */
/*
 * Which of several workers gets a frame, as a classic BPF program for the kernel: a hash of the
 * client's address, so that all that is a client's comes to one of them, whatever its ports.
 */
#ifndef SYNACKD_LINK_STEER_H
#define SYNACKD_LINK_STEER_H

#include <linux/filter.h>

#define STEER_MAX 80 /* instructions */

/*
 * Leaves the hash in the accumulator and goes on behind its last instruction; it may use X and the
 * scratch memory. The client's address is the source of an IP packet, also of a fragment; in an
 * ICMP or ICMPv6 error the destination of the packet that it quotes, which was ours, whoever
 * complains of it; in ARP the sender's. What is none of these has the hash of 0.
 *
 * It is MurmurHash3's 32-bit finalizer of h, which begins as 0 and becomes (h ^ word) * 0x9e3779b1
 * for each word of 32 bits, in network order: an IPv4 address has one, an IPv6 address four.
 */
unsigned short steer_program(struct sock_filter out[STEER_MAX]);

#endif
