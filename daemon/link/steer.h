/* SPDX-License-Identifier: MIT */
/*
 * steer: assigns clients to workers, by a classic BPF program that hashes the client's address.
 *
 * All frames of a client go to the same worker, whatever its ports.
 */
#ifndef SYNACKD_LINK_STEER_H
#define SYNACKD_LINK_STEER_H

#include <linux/filter.h>

#define STEER_MAX 80 /* instructions */

/*
 * Writes a program that leaves the hash in the accumulator and continues after its last
 * instruction. It may change X and the scratch memory. Returns the number of instructions.
 *
 * The client's address is the source of an IP packet, including a fragment; in an ICMP or ICMPv6
 * error, the destination of the quoted packet, which the responder sent, whichever node reports
 * the error; in ARP, the sender. All other frames have the hash 0.
 *
 * The hash is MurmurHash3's 32-bit finalizer of h. h starts as 0 and becomes (h ^ word) *
 * 0x9e3779b1 for each 32-bit word of the address, in network byte order: one for IPv4, four for
 * IPv6.
 */
unsigned short steer_program(struct sock_filter out[STEER_MAX]);

#endif
