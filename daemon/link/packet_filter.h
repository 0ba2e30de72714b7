/* SPDX-License-Identifier: MIT */
/* Which frames the kernel gives to the packet link, as a classic BPF program. */
#ifndef SYNACKD_LINK_PACKET_FILTER_H
#define SYNACKD_LINK_PACKET_FILTER_H

#include <linux/filter.h>
#include <stdint.h>

#define PACKET_FILTER_MAX 64

/*
 * Passes TCP to the interface's own link address, over IPv4 and IPv6; and with a virtual MAC also
 * what neighbour_meet() can answer: TCP, ICMP and ARP to that MAC, ARP requests to everybody, and
 * neighbour solicitations to their groups. IPv6 extension headers, which may hide TCP, pass: to
 * look behind them is wire/'s. NULL: no virtual MAC. Returns the number of instructions in `out`.
 */
unsigned short packet_filter(struct sock_filter out[PACKET_FILTER_MAX], const uint8_t *virtual_mac);

#endif
