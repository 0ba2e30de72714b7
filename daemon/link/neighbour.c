/* SPDX-License-Identifier: MIT */
#include "link/neighbour.h"

#include "link/arp.h"
#include "link/martian.h"
#include "link/ndp.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ip_numbers.h"
#include "wire/ip_rules.h"
#include "wire/packet_decode.h"

#include <string.h>

#define PROTOCOL_ICMP   1
#define PROTOCOL_ICMPV6 58

#define ECHO_TTL 64

/* Types of ICMP and ICMPv6. */
#define ECHO_REPLY_V4   0
#define ECHO_REQUEST_V4 8
#define ECHO_REQUEST_V6 128
#define ECHO_REPLY_V6   129

static const struct addr unspecified;

/* An IP packet, with its header decoded. */
struct ip {
	struct addr src, dst;
	uint8_t protocol; /* IPv6: the Next Header field */
	uint8_t ttl;
	bool fragment;
	bool refused; /* by ip_check(); the responder counts the reason */
	const uint8_t *body;
	uint16_t len;
};

/* The answer being built. */
struct answer {
	const struct neighbour *n;
	struct path to;
	uint8_t *frame;
	size_t *len;
	bool bare; /* the link has no link headers */
};

void neighbour_mac(const uint8_t own[6], uint8_t out[6])
{
	/* All bits of the own MAC are in the virtual one. If `own` starts with 02, the second
	 * octet differs. */
	memcpy(out, own, 6);
	out[0] = 0x02;
	out[1] = own[0] ^ own[1] ^ 0x54;
}

void neighbour_use(struct neighbour *n, struct answering *answering, const char *link)
{
	const struct prefix_table *own = answering_own(answering, link);

	answering_get(answering);
	answering_put(n->answering);
	n->answering = answering;
	n->own = own ? *own : (struct prefix_table){0};
	n->clients = answering->clients;
}

void neighbour_release(struct neighbour *n)
{
	prefix_table_free(&n->kernels);
	answering_put(n->answering);
	n->answering = NULL;
	n->own = n->clients = (struct prefix_table){0};
}

static bool is_own(const struct neighbour *n, const struct addr *a)
{
	return prefix_table_has(&n->own, a) && !prefix_table_has(&n->kernels, a) &&
	       !broadcasts_have(n->broadcasts, a);
}

/* Returns true if the address is that of a client, and neither virtual nor martian. */
static bool is_client(const struct neighbour *n, const struct addr *a)
{
	return martian_of(a, false, n->broadcasts) == MARTIAN_NONE && !is_own(n, a) &&
	       prefix_table_has(&n->clients, a);
}

/* --- ARP -------------------------------------------------------------------------------------- */

static void arp_answer(const struct answer *a, const struct arp *request)
{
	struct arp reply = {
		.operation = ARP_REPLY, .sender = request->target, .target = request->sender};
	size_t header = ether_write(a->frame, &a->to, ETHER_ARP);

	memcpy(reply.sender_mac, a->n->mac, sizeof(reply.sender_mac));
	memcpy(reply.target_mac, request->sender_mac, sizeof(reply.target_mac));
	arp_write(&reply, a->frame + header);
	*a->len = header + ARP_LENGTH;
}

static enum neighbour_result receive_arp(const struct answer *a, struct cursor c)
{
	struct arp request;

	if (!arp_read(c, &request) || request.operation != ARP_REQUEST ||
	    !is_own(a->n, &request.target) || memcmp(request.sender_mac, a->n->mac, 6) == 0)
		return NEIGHBOUR_STRAY;
	if (!arp_is_probe(&request) && !is_client(a->n, &request.sender))
		return NEIGHBOUR_REFUSED;
	arp_answer(a, &request);
	return NEIGHBOUR_ANSWERED;
}

/* --- ICMP ------------------------------------------------------------------------------------- */

static enum neighbour_result send_icmp(const struct answer *a, const struct icmp *m)
{
	uint16_t type = addr_is_v4(&m->src) ? ETHER_IPV4 : ETHER_IPV6;
	size_t header = a->bare ? 0 : ether_write(a->frame, &a->to, type);
	size_t len = icmp_encode(m, a->frame + header, NEIGHBOUR_FRAME_MAX - header);

	*a->len = header + len;
	return len ? NEIGHBOUR_ANSWERED : NEIGHBOUR_STRAY;
}

/* The checksum is verified, and `c` is after the type. */
static enum neighbour_result receive_echo(const struct answer *a, const struct ip *ip,
					  struct cursor c, uint8_t reply_type)
{
	struct icmp m = {.src = ip->dst, .dst = ip->src, .type = reply_type, .ttl = ECHO_TTL};
	uint8_t code = cursor_u8(&c);

	cursor_u16(&c);
	m.rest = cursor_u32(&c);
	if (c.failed || code != 0)
		return NEIGHBOUR_STRAY;
	if (!is_client(a->n, &ip->src))
		return NEIGHBOUR_REFUSED;
	m.quote = c.at;
	m.quote_len = (uint16_t)c.left;
	return send_icmp(a, &m);
}

static enum neighbour_result receive_icmp_v4(const struct answer *a, const struct ip *ip)
{
	struct cursor c = cursor_of(ip->body, ip->len);
	uint8_t type = cursor_u8(&c);

	if (checksum_fold(checksum_add(0, ip->body, ip->len)) != 0)
		return NEIGHBOUR_STRAY;
	if (type == ECHO_REQUEST_V4)
		return receive_echo(a, ip, c, ECHO_REPLY_V4);
	return icmp_is_error(true, type) ? NEIGHBOUR_PACKET : NEIGHBOUR_STRAY;
}

/* --- neighbour discovery ---------------------------------------------------------------------- */

/* RFC 4861 7.2.4. A solicitation without a source address is a probe; the answer goes to all
 * nodes. */
static enum neighbour_result advertise(struct answer *a, const struct ip *ip,
				       const struct addr *target)
{
	bool probe = addr_equal(&ip->src, &unspecified);
	uint8_t body[NDP_ADVERTISED_LENGTH];
	const struct icmp m = {
		.src = *target,
		.dst = probe ? ndp_all_nodes : ip->src,
		.type = NDP_ADVERTISEMENT,
		.rest = probe ? NDP_OVERRIDE : NDP_OVERRIDE | NDP_SOLICITED,
		.ttl = NDP_TTL,
		.quote = body,
		.quote_len = sizeof(body),
	};

	if (probe)
		ndp_group_mac(&ndp_all_nodes, a->to.remote);
	ndp_advertised_write(target, a->n->mac, body);
	return send_icmp(a, &m);
}

static enum neighbour_result receive_solicitation(struct answer *a, const struct ip *ip,
						  struct cursor c)
{
	bool probe = addr_equal(&ip->src, &unspecified);
	uint8_t code = cursor_u8(&c);
	const uint8_t *bytes;
	struct addr target, group;
	bool to_group;

	cursor_take(&c, 2 + 4); /* checksum, reserved */
	bytes = cursor_take(&c, sizeof(target.b));
	if (!bytes || code != 0 || ip->ttl != NDP_TTL || !ndp_options_are_valid(c, !probe))
		return NEIGHBOUR_STRAY;
	memcpy(target.b, bytes, sizeof(target.b));
	group = ndp_solicited_node(&target);
	to_group = addr_equal(&ip->dst, &group);
	if (!is_own(a->n, &target) || addr_is_v4(&target) ||
	    (!to_group && (probe || !addr_equal(&ip->dst, &target))))
		return NEIGHBOUR_STRAY;
	if (!probe && !is_client(a->n, &ip->src) &&
	    (!addr_is_link_local(&ip->src) || is_own(a->n, &ip->src)))
		return NEIGHBOUR_REFUSED;
	return advertise(a, ip, &target);
}

static enum neighbour_result receive_icmp_v6(struct answer *a, const struct ip *ip)
{
	bool ours = is_own(a->n, &ip->dst);
	uint64_t sum = checksum_pseudo(&ip->src, &ip->dst, PROTOCOL_ICMPV6, ip->len);
	struct cursor c = cursor_of(ip->body, ip->len);
	uint8_t type = cursor_u8(&c);

	if (checksum_fold(checksum_add(sum, ip->body, ip->len)) != 0)
		return NEIGHBOUR_STRAY;
	if (type == NDP_SOLICITATION && !a->bare)
		return receive_solicitation(a, ip, c);
	if (type == ECHO_REQUEST_V6 && ours)
		return receive_echo(a, ip, c, ECHO_REPLY_V6);
	return ours && icmp_is_error(false, type) ? NEIGHBOUR_PACKET : NEIGHBOUR_STRAY;
}

/* --- IP --------------------------------------------------------------------------------------- */

static void take_v4(struct cursor *c, struct addr *out)
{
	const uint8_t *bytes = cursor_take(c, 4);

	if (bytes)
		addr_from_v4(out, bytes);
}

static bool read_v4(const uint8_t *packet, size_t len, struct ip *out)
{
	struct cursor c = cursor_of(packet, len);
	uint8_t first = cursor_u8(&c);
	unsigned header_len = (first & 0x0fu) * 4;
	struct ip_problem problem; /* unused: the responder sends it */
	uint16_t total;

	cursor_u8(&c);
	total = cursor_u16(&c);
	cursor_u16(&c);
	out->fragment = cursor_u16(&c) & (IPV4_MF | IPV4_FRAGMENT);
	out->ttl = cursor_u8(&c);
	out->protocol = cursor_u8(&c);
	cursor_u16(&c);
	take_v4(&c, &out->src);
	take_v4(&c, &out->dst);
	if (c.failed || first >> 4 != 4 || header_len < 20 || header_len > total || total > len ||
	    checksum_fold(checksum_add(0, packet, header_len)) != 0)
		return false;
	out->refused = ip_check(packet, total, &problem) != WIRE_OK;
	out->body = packet + header_len;
	out->len = (uint16_t)(total - header_len);
	return true;
}

static bool read_v6(const uint8_t *packet, size_t len, struct ip *out)
{
	struct cursor c = cursor_of(packet, len);
	uint32_t first = cursor_u32(&c);
	const uint8_t *addresses;

	out->len = cursor_u16(&c);
	out->protocol = cursor_u8(&c);
	out->ttl = cursor_u8(&c);
	/* The caller uses these for ICMP only, which then follows the IPv6 header directly. */
	out->refused = false;
	out->fragment = false;
	addresses = cursor_take(&c, 32);
	if (!addresses || first >> 28 != 6 || out->len > c.left)
		return false;
	memcpy(out->src.b, addresses, 16);
	memcpy(out->dst.b, addresses + 16, 16);
	out->body = c.at;
	/* Mapped addresses must not be taken for IPv4. */
	return !addr_is_v4(&out->src) && !addr_is_v4(&out->dst);
}

static enum neighbour_result receive_ip(struct answer *a, const struct ip *ip, size_t header_len,
					bool to_mac)
{
	bool v4 = addr_is_v4(&ip->dst);
	bool ours = to_mac && is_own(a->n, &ip->dst);

	if (ip->protocol != (v4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6) || ip->refused)
		return ours ? NEIGHBOUR_PACKET : NEIGHBOUR_STRAY;
	if (ip->fragment || header_len + ip->len > a->n->mtu)
		return NEIGHBOUR_STRAY;
	if (v4)
		return ours ? receive_icmp_v4(a, ip) : NEIGHBOUR_STRAY;
	/* Packets to a group are solicitations only. */
	if (to_mac != (ip->dst.b[0] != 0xff))
		return NEIGHBOUR_STRAY;
	return receive_icmp_v6(a, ip);
}

/* `type` is the EtherType. `to_mac`: the frame is for the virtual MAC, else for a group. */
static enum neighbour_result receive_packet(struct answer *a, uint16_t type, const uint8_t *packet,
					    size_t len, bool to_mac)
{
	struct ip ip;

	if (type == ETHER_IPV4)
		return read_v4(packet, len, &ip) ? receive_ip(a, &ip, 20, to_mac) : NEIGHBOUR_STRAY;
	return read_v6(packet, len, &ip) ? receive_ip(a, &ip, 40, to_mac) : NEIGHBOUR_STRAY;
}

enum neighbour_result neighbour_receive(const struct neighbour *n, const struct path *from,
					uint16_t type, const uint8_t *packet, size_t len,
					uint8_t *reply, size_t *reply_len)
{
	struct answer a = {.n = n, .to = *from, .frame = reply, .len = reply_len};
	bool to_mac = memcmp(from->local, n->mac, sizeof(n->mac)) == 0;

	/* Ignore frames from a group or the virtual MAC, and frames for other stations, which a
	 * promiscuous interface receives. */
	if (ether_is_group(from->remote) || memcmp(from->remote, n->mac, sizeof(n->mac)) == 0 ||
	    (!to_mac && !ether_is_group(from->local)))
		return NEIGHBOUR_STRAY;
	memcpy(a.to.local, n->mac, sizeof(n->mac));
	switch (type) {
	case ETHER_ARP: return receive_arp(&a, cursor_of(packet, len));
	case ETHER_IPV4:
	case ETHER_IPV6: return receive_packet(&a, type, packet, len, to_mac);
	default: return NEIGHBOUR_STRAY;
	}
}

enum neighbour_result neighbour_receive_packet(const struct neighbour *n, const uint8_t *packet,
					       size_t len, uint8_t *reply, size_t *reply_len)
{
	struct answer a = {.n = n, .frame = reply, .len = reply_len, .bare = true};

	if (!len)
		return NEIGHBOUR_STRAY;
	return receive_packet(&a, packet[0] >> 4 == 4 ? ETHER_IPV4 : ETHER_IPV6, packet, len, true);
}
