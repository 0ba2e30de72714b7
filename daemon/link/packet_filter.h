/* SPDX-License-Identifier: MIT */
/* Which frames the kernel gives to the packet link, as a classic BPF program. */
#ifndef SYNACKD_LINK_PACKET_FILTER_H
#define SYNACKD_LINK_PACKET_FILTER_H

#include <linux/filter.h>
#include <stdint.h>

#define PACKET_FILTER_MAX 160

/* Of several workers with a socket each, the one that this socket is for. */
struct packet_share {
	unsigned of;     /* how many there are; of one alone all frames are its */
	unsigned number; /* from 0 on */
};

/*
 * Passes TCP to the interface's own link address, over IPv4 and IPv6; and with a virtual MAC also
 * what is met for virtual addresses: TCP and ICMP over IPv4, IPv6 and ARP to that MAC, ARP requests
 * to all stations, and neighbour solicitations to their groups. IPv6 extension headers, which may
 * hide TCP, pass: to look behind them is wire/'s. NULL: no virtual MAC.
 *
 * All of this only from clients whose hash (see link/steer.h), divided by the number of workers,
 * leaves this one's own. Returns the number of instructions in `out`.
 */
unsigned short packet_filter(struct sock_filter out[PACKET_FILTER_MAX], const uint8_t *virtual_mac,
			     const struct packet_share *share);

/* The hash alone, for PACKET_FANOUT_CBPF: the kernel divides it likewise. */
unsigned short packet_fanout(struct sock_filter out[PACKET_FILTER_MAX]);

#endif
