/* SPDX-License-Identifier: MIT */
#include "link/steer.h"

#include "link/bpf.h"
#include "wire/ip_numbers.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#define FACTOR 0x9e3779b1u /* 2^32 divided by the golden ratio */

/* Offsets of addresses; V4_QUOTED is relative to the end of the IPv4 header. */
#define V4_SOURCE  12
#define V4_QUOTED  (8 + 16) /* ICMP header, destination in the quoted header */
#define V6_SOURCE  8
#define V6_QUOTED  (40 + 8 + 24)
#define ARP_SENDER 14

/* Indexes in scratch memory. */
enum { HASH, ADDRESS };

#define MULTIPLY(factor) BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, (factor))
#define XOR_X            BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)
#define JUMP(over)       BPF_STMT(BPF_JMP | BPF_JA, (over))
#define TO_FINISH        JUMP(UINT32_MAX) /* resolved when the distance is known */
#define SET_X(value)     BPF_STMT(BPF_LDX | BPF_IMM, (value))

static void add_v4(struct program *p)
{
	/* Uses the source for other protocols, for fragments, and for ICMP that is not an error. */
	ADD(p, LOAD_V4_PROTOCOL, IF(IPPROTO_ICMP, 0, 11), LOAD_PACKET(BPF_H, 6),
	    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (IPV4_MF | IPV4_FRAGMENT), 9, 0),
	    BPF_STMT(BPF_LDX | BPF_MSH | BPF_B, (uint32_t)SKF_NET_OFF), LOAD_PACKET_X(BPF_B, 0));
	/* Unreachable, source quench, redirect, time exceeded, parameter problem. */
	ADD(p, IF(3, 4, 0), IF(4, 3, 0), IF(5, 2, 0), IF(11, 1, 0), IF(12, 0, 2),
	    LOAD_PACKET_X(BPF_W, V4_QUOTED), JUMP(1));
	ADD(p, LOAD_PACKET(BPF_W, V4_SOURCE), MULTIPLY(FACTOR), TO_FINISH);
}

static void add_v6(struct program *p)
{
	ADD(p, LOAD_V6_NEXT, IF(IPPROTO_ICMPV6, 0, 4), LOAD_PACKET(BPF_B, 40),
	    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ICMPV6_INFORMS, 2, 0), SET_X(V6_QUOTED), JUMP(1),
	    SET_X(V6_SOURCE), BPF_STMT(BPF_STX, ADDRESS), BPF_STMT(BPF_LD | BPF_IMM, 0),
	    BPF_STMT(BPF_ST, HASH));
	for (int word = 0; word < 4; word++)
		ADD(p, BPF_STMT(BPF_LDX | BPF_MEM, ADDRESS), LOAD_PACKET_X(BPF_W, word * 4),
		    BPF_STMT(BPF_LDX | BPF_MEM, HASH), XOR_X, MULTIPLY(FACTOR),
		    BPF_STMT(BPF_ST, HASH));
	ADD(p, TO_FINISH);
}

static void add_arp(struct program *p)
{
	ADD(p, LOAD_PACKET(BPF_W, ARP_SENDER), MULTIPLY(FACTOR), TO_FINISH);
}

/* Adds `part` for frames of this EtherType. */
static void add_part(struct program *p, uint32_t type, void (*part)(struct program *p))
{
	unsigned branch = p->count;

	ADD(p, IF(type, 0, 0));
	part(p);
	p->at[branch].jf = (uint8_t)(p->count - branch - 1);
}

/* Mixes the high bits of the hash into the low bits. */
static void add_shift(struct program *p, unsigned bits)
{
	ADD(p, BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, bits), XOR_X);
}

static void add_finish(struct program *p)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->at[i].code == (BPF_JMP | BPF_JA) && p->at[i].k == UINT32_MAX)
			p->at[i].k = p->count - i - 1;
	add_shift(p, 16);
	ADD(p, MULTIPLY(0x85ebca6bu));
	add_shift(p, 13);
	ADD(p, MULTIPLY(0xc2b2ae35u));
	add_shift(p, 16);
}

unsigned short steer_program(struct sock_filter out[STEER_MAX])
{
	struct program p = {.at = out, .room = STEER_MAX};

	ADD(&p, LOAD_PROTOCOL);
	add_part(&p, ETH_P_IP, add_v4);
	add_part(&p, ETH_P_IPV6, add_v6);
	add_part(&p, ETH_P_ARP, add_arp);
	ADD(&p, BPF_STMT(BPF_LD | BPF_IMM, 0));
	add_finish(&p);
	return (unsigned short)p.count;
}
