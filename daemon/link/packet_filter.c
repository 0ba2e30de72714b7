/* SPDX-License-Identifier: MIT */
#include "link/packet_filter.h"

#include "link/arp.h"
#include "link/bpf.h"
#include "link/ndp.h"
#include "link/steer.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>

/* Jumps to the end of the program, resolved when its length is known. */
#define TO_PASS 254
#define TO_DROP 255

/* Accepts TCP and headers that may precede it. `icmp_v4` and `icmp_v6` add the checks for ICMP. */
static void add_ip(struct program *p, void (*icmp_v4)(struct program *p),
		   void (*icmp_v6)(struct program *p))
{
	unsigned branch = p->count + 1;

	ADD(p, LOAD_PROTOCOL, IF(ETH_P_IPV6, 0, 0), IF(ETH_P_IP, 0, TO_DROP), LOAD_V4_PROTOCOL,
	    IF(IPPROTO_TCP, TO_PASS, 0), IF(IPPROTO_ICMP, 0, TO_DROP));
	icmp_v4(p);
	p->at[branch].jt = (uint8_t)(p->count - branch - 1);
	ADD(p, LOAD_V6_NEXT, IF(IPPROTO_TCP, TO_PASS, 0), IF(IPPROTO_HOPOPTS, TO_PASS, 0),
	    IF(IPPROTO_ROUTING, TO_PASS, 0), IF(IPPROTO_FRAGMENT, TO_PASS, 0),
	    IF(IPPROTO_DSTOPTS, TO_PASS, 0), IF(IPPROTO_ICMPV6, 0, TO_DROP));
	icmp_v6(p);
}

static void add_all(struct program *p)
{
	ADD(p, PASS);
}

/* The types of icmp_is_error() in wire/icmp.h; a test compares them. */
static void add_errors_v4(struct program *p)
{
	ADD(p, BPF_STMT(BPF_LDX | BPF_MSH | BPF_B, (uint32_t)SKF_NET_OFF), LOAD_PACKET_X(BPF_B, 0),
	    IF(3, TO_PASS, 0), IF(4, TO_PASS, 0), IF(5, TO_PASS, 0), IF(11, TO_PASS, 0),
	    IF(12, TO_PASS, TO_DROP));
}

static void add_errors_v6(struct program *p)
{
	ADD(p, LOAD_PACKET(BPF_B, 40),
	    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ICMPV6_INFORMS, TO_DROP, TO_PASS));
}

/* The kernel answers ICMP, but an error may concern a packet of the responder. */
static void add_owned(struct program *p, const uint8_t *mac)
{
	(void)mac;
	add_ip(p, add_errors_v4, add_errors_v6);
}

static void add_broadcast(struct program *p, const uint8_t *mac)
{
	(void)mac;
	ADD(p, LOAD_PROTOCOL, IF(ETH_P_ARP, 0, TO_DROP), LOAD_PACKET(BPF_H, 6),
	    IF(ARP_REQUEST, TO_PASS, TO_DROP));
}

/* To 33:33:ff:XX:XX:XX, RFC 2464 7. */
static void add_groups(struct program *p, const uint8_t *mac)
{
	(void)mac;
	ADD(p, LOAD_LINK(BPF_H, 0), IF(0x3333, 0, TO_DROP), LOAD_LINK(BPF_B, 2),
	    IF(0xff, 0, TO_DROP), LOAD_PROTOCOL, IF(ETH_P_IPV6, 0, TO_DROP), LOAD_V6_NEXT,
	    IF(IPPROTO_ICMPV6, 0, TO_DROP), LOAD_PACKET(BPF_B, 40),
	    IF(NDP_SOLICITATION, TO_PASS, TO_DROP));
}

static void add_virtual(struct program *p, const uint8_t *mac)
{
	uint32_t high = (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | mac[2] << 8 | mac[3];
	uint32_t low = (uint32_t)mac[4] << 8 | mac[5];

	ADD(p, LOAD_LINK(BPF_W, 0), IF(high, 0, TO_DROP), LOAD_LINK(BPF_H, 4), IF(low, 0, TO_DROP),
	    LOAD_PROTOCOL, IF(ETH_P_ARP, TO_PASS, 0), IF(ETH_P_IPV6, TO_PASS, 0));
	add_ip(p, add_all, add_all);
}

/* Adds `part` for frames of this packet type. */
static void add_part(struct program *p, uint8_t kind,
		     void (*part)(struct program *p, const uint8_t *mac), const uint8_t *mac)
{
	unsigned branch;

	ADD(p, LOAD_AUX(SKF_AD_PKTTYPE), IF(kind, 0, 0));
	branch = p->count - 1;
	part(p, mac);
	p->at[branch].jf = (uint8_t)(p->count - branch - 1);
}

static void resolve(struct program *p)
{
	unsigned pass = p->count - 2, drop = p->count - 1;

	for (unsigned i = 0; i < pass; i++) {
		struct sock_filter *f = &p->at[i];

		if (BPF_CLASS(f->code) != BPF_JMP)
			continue;
		if (f->jt >= TO_PASS)
			f->jt = (uint8_t)((f->jt == TO_PASS ? pass : drop) - i - 1);
		if (f->jf >= TO_PASS)
			f->jf = (uint8_t)((f->jf == TO_PASS ? pass : drop) - i - 1);
	}
}

/* Rejects frames of other workers' clients. */
static void add_share(struct program *p, const struct packet_share *share)
{
	p->count = steer_program(p->at);
	ADD(p, BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, share->of), IF(share->number, 0, TO_DROP));
}

unsigned short packet_filter(struct sock_filter out[PACKET_FILTER_MAX], const uint8_t *virtual_mac,
			     const struct packet_share *share)
{
	struct program p = {.at = out, .room = PACKET_FILTER_MAX};

	if (share->of > 1)
		add_share(&p, share);
	add_part(&p, PACKET_HOST, add_owned, NULL);
	if (virtual_mac) {
		add_part(&p, PACKET_OTHERHOST, add_virtual, virtual_mac);
		add_part(&p, PACKET_BROADCAST, add_broadcast, NULL);
		add_part(&p, PACKET_MULTICAST, add_groups, NULL);
	}
	ADD(&p, BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), PASS, DROP);
	resolve(&p);
	return (unsigned short)p.count;
}

unsigned short packet_fanout(struct sock_filter out[PACKET_FILTER_MAX])
{
	struct program p = {.at = out, .room = PACKET_FILTER_MAX};

	p.count = steer_program(out);
	ADD(&p, BPF_STMT(BPF_RET | BPF_A, 0));
	return (unsigned short)p.count;
}
