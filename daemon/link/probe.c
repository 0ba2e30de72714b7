/* SPDX-License-Identifier: MIT */
#include "link/probe.h"

#include "link/arp.h"
#include "link/ether.h"
#include "link/ndp.h"
#include "wire/icmp.h"

/* RFC 5227 1.1 */
#define PROBE_WAIT        NS_PER_S
#define PROBE_NUM         3
#define PROBE_MIN         NS_PER_S
#define PROBE_MAX         (2 * NS_PER_S)
#define ANNOUNCE_WAIT     (2 * NS_PER_S)
#define ANNOUNCE_NUM      2
#define ANNOUNCE_INTERVAL (2 * NS_PER_S)
#define DEFEND_INTERVAL   (10 * NS_PER_S)

/* RFC 4862 5.1 and 5.4.2, RFC 4861 10; one unsolicited advertisement (RFC 4861 7.2.6). */
#define SOLICIT_WAIT     NS_PER_S
#define SOLICIT_NUM      1
#define RETRANS_TIMER    NS_PER_S
#define ADVERTISE_NUM    1
#define CARRIER_INTERVAL NS_PER_S /* interval of checks for a carrier */

static const struct addr unspecified;
static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static nstime up_to(nstime most, struct rng *rng)
{
	return (nstime)rng_below(rng, (uint64_t)most + 1);
}

void probe_begin(struct probe *p, const struct addr *address, const uint8_t mac[6], nstime now,
		 struct rng *rng)
{
	nstime wait = addr_is_v4(address) ? PROBE_WAIT : SOLICIT_WAIT;

	*p = (struct probe){
		.address = *address, .state = PROBE_ASKING, .due = now + up_to(wait, rng)};
	memcpy(p->mac, mac, sizeof(p->mac));
}

void probe_keep(struct probe *p, const struct addr *address, const uint8_t mac[6])
{
	*p = (struct probe){
		.address = *address, .state = PROBE_FREE, .kept = true, .due = NS_NEVER};
	memcpy(p->mac, mac, sizeof(p->mac));
}

void probe_put_off(struct probe *p, nstime now)
{
	p->due = now + CARRIER_INTERVAL;
}

/* --- sent frames ------------------------------------------------------------------------------ */

/* Writes an ARP request for the address: a probe, without a sender address, or an announcement,
 * with the address as sender (RFC 5227 1.1). */
static size_t write_arp(const struct probe *p, bool announces, uint8_t *frame)
{
	struct path to = {0};
	struct arp arp = {.operation = ARP_REQUEST, .target = p->address};
	size_t header;

	memcpy(to.remote, broadcast, sizeof(to.remote));
	memcpy(to.local, p->mac, sizeof(to.local));
	memcpy(arp.sender_mac, p->mac, sizeof(arp.sender_mac));
	if (announces)
		arp.sender = p->address;
	header = ether_write(frame, &to, ETHER_ARP);
	arp_write(&arp, frame + header);
	return header + ARP_LENGTH;
}

static size_t write_ndp(const struct probe *p, const struct icmp *m, uint8_t *frame)
{
	struct path to = {0};
	size_t header;

	ndp_group_mac(&m->dst, to.remote);
	memcpy(to.local, p->mac, sizeof(to.local));
	header = ether_write(frame, &to, ETHER_IPV6);
	return header + icmp_encode(m, frame + header, PROBE_FRAME_MAX - header);
}

static size_t write_solicitation(const struct probe *p, uint8_t *frame)
{
	const struct icmp m = {
		.src = unspecified,
		.dst = ndp_solicited_node(&p->address),
		.type = NDP_SOLICITATION,
		.ttl = NDP_TTL,
		.quote = p->address.b,
		.quote_len = sizeof(p->address.b),
	};

	return write_ndp(p, &m, frame);
}

static size_t write_advertisement(const struct probe *p, uint8_t *frame)
{
	uint8_t body[NDP_ADVERTISED_LENGTH];
	const struct icmp m = {
		.src = p->address,
		.dst = ndp_all_nodes,
		.type = NDP_ADVERTISEMENT,
		.rest = NDP_OVERRIDE,
		.ttl = NDP_TTL,
		.quote = body,
		.quote_len = sizeof(body),
	};

	ndp_advertised_write(&p->address, p->mac, body);
	return write_ndp(p, &m, frame);
}

static size_t write_announcement(const struct probe *p, uint8_t *frame)
{
	return addr_is_v4(&p->address) ? write_arp(p, true, frame) : write_advertisement(p, frame);
}

/* --- steps ------------------------------------------------------------------------------------ */

static size_t ask(struct probe *p, nstime now, struct rng *rng, uint8_t *frame)
{
	bool v4 = addr_is_v4(&p->address);

	if (p->sent == (v4 ? PROBE_NUM : SOLICIT_NUM)) {
		p->state = PROBE_FREE;
		p->sent = 0;
		p->due = now;
		return 0;
	}
	p->sent++;
	if (!v4) {
		p->due = now + RETRANS_TIMER;
		return write_solicitation(p, frame);
	}
	p->due = now + (p->sent == PROBE_NUM ? ANNOUNCE_WAIT
					     : PROBE_MIN + up_to(PROBE_MAX - PROBE_MIN, rng));
	return write_arp(p, false, frame);
}

size_t probe_step(struct probe *p, nstime now, struct rng *rng, uint8_t frame[PROBE_FRAME_MAX])
{
	if (now < p->due)
		return 0;
	if (p->state == PROBE_ASKING)
		return ask(p, now, rng, frame);
	p->sent++;
	p->due = p->sent < (addr_is_v4(&p->address) ? ANNOUNCE_NUM : ADVERTISE_NUM)
			 ? now + ANNOUNCE_INTERVAL
			 : NS_NEVER;
	return write_announcement(p, frame);
}

/* --- received frames -------------------------------------------------------------------------- */

static bool read_arp(struct cursor c, struct sighting *out)
{
	struct arp arp;

	if (!arp_read(c, &arp) || (arp.operation != ARP_REQUEST && arp.operation != ARP_REPLY))
		return false;
	out->claims = !arp_is_probe(&arp);
	out->address = out->claims ? arp.sender : arp.target;
	memcpy(out->mac, arp.sender_mac, sizeof(out->mac));
	return true;
}

/* Validates by RFC 4861 7.1.1 and 7.1.2. Only solicitations without a source address count. */
static bool read_ndp(const struct cursor *packet, struct sighting *out)
{
	struct cursor c;
	struct addr group;
	const uint8_t *target;
	struct icmp m;

	if (!icmp_decode(packet->at, packet->left, true, &m) || addr_is_v4(&m.src) ||
	    m.ttl != NDP_TTL || m.code != 0)
		return false;
	c = cursor_of(m.quote, m.quote_len);
	target = cursor_take(&c, sizeof(out->address.b));
	if (!target)
		return false;
	memcpy(out->address.b, target, sizeof(out->address.b));
	out->claims = m.type == NDP_ADVERTISEMENT;
	if (out->claims)
		return ndp_options_are_valid(c, true);
	group = ndp_solicited_node(&out->address);
	return m.type == NDP_SOLICITATION && addr_equal(&m.src, &unspecified) &&
	       addr_equal(&m.dst, &group) && ndp_options_are_valid(c, false);
}

bool sighting_read(const uint8_t *frame, size_t len, struct sighting *out)
{
	struct cursor c = cursor_of(frame, len);
	struct path from = {0};
	uint16_t type = ether_read(&c, &from);

	if (c.failed)
		return false;
	memcpy(out->mac, from.remote, sizeof(out->mac));
	return type == ETHER_ARP    ? read_arp(c, out)
	       : type == ETHER_IPV6 ? read_ndp(&c, out)
				    : false;
}

bool probe_conflicts(const struct probe *p, const struct sighting *s)
{
	/* link/neighbour.h answers a station that probes for an address in use here. */
	return addr_equal(&p->address, &s->address) &&
	       memcmp(p->mac, s->mac, sizeof(p->mac)) != 0 && p->state != PROBE_TAKEN &&
	       (s->claims || p->state == PROBE_ASKING);
}

size_t probe_handle_conflict(struct probe *p, const struct sighting *s, nstime now,
			     uint8_t frame[PROBE_FRAME_MAX])
{
	bool again = p->disputed && now - p->disputed_at < DEFEND_INTERVAL;

	memcpy(p->rival, s->mac, sizeof(p->rival));
	if (p->state == PROBE_ASKING || (again && !p->kept)) {
		p->state = PROBE_TAKEN;
		p->due = NS_NEVER;
		return 0;
	}
	if (again)
		return 0;
	p->disputed = true;
	p->disputed_at = now;
	return write_announcement(p, frame);
}
