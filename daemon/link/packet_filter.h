/* SPDX-License-Identifier: MIT */
/* packet_filter: the classic BPF program that selects the frames for a packet link. */
#ifndef SYNACKD_LINK_PACKET_FILTER_H
#define SYNACKD_LINK_PACKET_FILTER_H

#include <linux/filter.h>
#include <stdint.h>

#define PACKET_FILTER_MAX 160

/* The share of a worker, if several have a socket each. */
struct packet_share {
	unsigned of;     /* number of workers; a single one receives all frames */
	unsigned number; /* of this worker, from 0 */
};

/*
 * Writes a program that accepts TCP over IPv4 and IPv6 to the interface's own link address, and
 * ICMP errors. With a virtual MAC, it also accepts the frames for virtual addresses: TCP and
 * ICMP over IPv4, all of IPv6, and ARP to that MAC; broadcast ARP requests; and neighbour
 * solicitations to their groups. Packets with IPv6 extension headers are accepted, because the
 * decoder in wire/ processes these. `virtual_mac` NULL: none.
 *
 * It accepts only frames whose hash (link/steer.h), modulo the number of workers, equals the
 * worker's number. Returns the number of instructions in `out`.
 */
unsigned short packet_filter(struct sock_filter out[PACKET_FILTER_MAX], const uint8_t *virtual_mac,
			     const struct packet_share *share);

/* Writes a program that returns the hash, for PACKET_FANOUT_CBPF: the kernel takes it modulo the
 * number of workers. Returns the number of instructions. */
unsigned short packet_fanout(struct sock_filter out[PACKET_FILTER_MAX]);

#endif
