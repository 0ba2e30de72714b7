/* SPDX-License-Identifier: MIT */
/* Probes for an address, on a fake clock: the frames sent and their times, and conflicting
 * stations. */
#include "addresses.h"
#include "unit.h"

#include "link/arp.h"
#include "link/ether.h"
#include "link/ndp.h"
#include "link/probe.h"
#include "wire/icmp.h"

#include <string.h>

static const uint8_t ours[6] = {2, 0x54, 0, 0, 0, 1}, other[6] = {2, 0, 0, 0, 0, 9};
static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const struct addr none_v4 = {.b = {[10] = 0xff, [11] = 0xff}}, none_v6;

static struct rng rng;
static nstime now;
static uint8_t frame[256];
static size_t len;

/* Advances the clock to the next step, which sends a frame or ends the probe. Returns the elapsed
 * time. */
static nstime next_step(struct probe *p)
{
	nstime wait = p->due - now;

	ck_assert_int_ge(wait, 0);
	ck_assert_uint_eq(probe_step(p, p->due - 1, &rng, frame), 0);
	now = p->due;
	len = probe_step(p, now, &rng, frame);
	return wait;
}

static void is_between(nstime t, nstime least, nstime most)
{
	ck_assert_int_ge(t, least);
	ck_assert_int_le(t, most);
}

/* Checks that the frame is a broadcast ARP request from us with this sender. */
static void is_request(const struct addr *sender, const struct addr *target)
{
	struct cursor c = cursor_of(frame, len);
	struct path path = {0};
	struct arp arp;

	ck_assert_uint_eq(ether_read(&c, &path), ETHER_ARP);
	ck_assert_mem_eq(path.local, all, 6);
	ck_assert_mem_eq(path.remote, ours, 6);
	ck_assert(arp_read(c, &arp));
	ck_assert_uint_eq(arp.operation, ARP_REQUEST);
	ck_assert_mem_eq(arp.sender_mac, ours, 6);
	ck_assert(addr_equal(&arp.sender, sender));
	ck_assert(addr_equal(&arp.target, target));
	ck_assert_uint_eq(len, 42);
}

/* Checks that the frame is this message from us, and valid by RFC 4861 7.1. */
static struct icmp is_ndp(uint8_t type)
{
	struct cursor c = cursor_of(frame, len);
	struct path path = {0};
	struct icmp m;
	uint8_t group[6];

	ck_assert_uint_eq(ether_read(&c, &path), ETHER_IPV6);
	ck_assert(icmp_decode(c.at, c.left, true, &m));
	ndp_group_mac(&m.dst, group);
	ck_assert_mem_eq(path.local, group, 6);
	ck_assert_mem_eq(path.remote, ours, 6);
	ck_assert_uint_eq(m.type, type);
	ck_assert_uint_eq(m.code, 0);
	ck_assert_uint_eq(m.ttl, 255);
	return m;
}

static void begin(struct probe *p, const struct addr *a, uint64_t seed)
{
	rng_seed(&rng, seed);
	now = 1000 * NS_PER_S + (nstime)seed;
	probe_begin(p, a, ours, now, &rng);
	ck_assert_uint_eq(p->state, PROBE_ASKING);
}

static nstime until_free(struct probe *p)
{
	nstime from = now;

	while (p->state == PROBE_ASKING)
		next_step(p);
	return now - from;
}

/* RFC 5227 2.1.1, 2.3 */
START_TEST(a_free_ipv4_address)
{
	const struct addr a = addr_of("192.0.2.77");
	nstime least = 10 * NS_PER_S, most = 0, total;
	struct probe p;

	for (uint64_t seed = 1; seed < 50; seed++) {
		begin(&p, &a, seed);
		is_between(next_step(&p), 0, NS_PER_S);
		is_request(&none_v4, &a);
		for (int i = 0; i < 2; i++) {
			is_between(next_step(&p), NS_PER_S, 2 * NS_PER_S);
			is_request(&none_v4, &a);
		}
		ck_assert_int_eq(next_step(&p), 2 * NS_PER_S);
		ck_assert_uint_eq(len, 0);
		ck_assert_uint_eq(p.state, PROBE_FREE);
		ck_assert_int_eq(next_step(&p), 0);
		is_request(&a, &a);
		ck_assert_int_eq(next_step(&p), 2 * NS_PER_S);
		is_request(&a, &a);
		ck_assert_int_eq(p.due, NS_NEVER);

		begin(&p, &a, seed);
		total = until_free(&p);
		least = total < least ? total : least;
		most = total > most ? total : most;
	}
	is_between(least, 4 * NS_PER_S, 5 * NS_PER_S);
	is_between(most, 6 * NS_PER_S, 7 * NS_PER_S);
}
END_TEST

/* RFC 4862 5.4.2, 5.4.3 */
START_TEST(a_free_ipv6_address)
{
	const struct addr a = addr_of("2001:db8::12:3456"), group = addr_of("ff02::1:ff12:3456");
	struct icmp m;
	struct probe p;

	for (uint64_t seed = 1; seed < 50; seed++) {
		begin(&p, &a, seed);
		is_between(next_step(&p), 0, NS_PER_S);
		m = is_ndp(NDP_SOLICITATION);
		ck_assert(addr_equal(&m.src, &none_v6) && addr_equal(&m.dst, &group));
		ck_assert_uint_eq(m.quote_len, 16);
		ck_assert_mem_eq(m.quote, a.b, 16);
		ck_assert_int_eq(next_step(&p), NS_PER_S);
		ck_assert_uint_eq(len, 0);
		ck_assert_uint_eq(p.state, PROBE_FREE);
		ck_assert_int_eq(next_step(&p), 0);
		m = is_ndp(NDP_ADVERTISEMENT);
		ck_assert(addr_equal(&m.src, &a) && addr_equal(&m.dst, &ndp_all_nodes));
		ck_assert_uint_eq(m.rest, NDP_OVERRIDE);
		ck_assert_mem_eq(m.quote, a.b, 16);
		ck_assert_mem_eq(m.quote + 18, ours, 6);
		ck_assert_int_eq(p.due, NS_NEVER);
	}
}
END_TEST

START_TEST(probing_waits_for_carrier)
{
	const struct addr a = addr_of("192.0.2.77");
	struct probe p;

	begin(&p, &a, 1);
	for (int i = 0; i < 100; i++) {
		now = p.due;
		probe_put_off(&p, now);
		ck_assert_int_eq(p.due, now + NS_PER_S);
	}
	for (int i = 0; i < 3; i++) {
		next_step(&p);
		is_request(&none_v4, &a);
		ck_assert_uint_eq(p.state, PROBE_ASKING);
	}
}
END_TEST

/* --- other stations --------------------------------------------------------------------------- */

/* Reads an ARP frame of another station, with padding. */
static bool arp_says(struct sighting *s, uint16_t operation, const uint8_t mac[6],
		     const struct addr *sender, const struct addr *target)
{
	struct path path = {.remote = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	struct arp arp = {.operation = operation, .sender = *sender, .target = *target};
	uint8_t octets[60] = {0};

	memcpy(path.local, mac, 6);
	memcpy(arp.sender_mac, mac, 6);
	ether_write(octets, &path, ETHER_ARP);
	arp_write(&arp, octets + ETHER_HEADER);
	for (size_t n = 0; n < 42; n++)
		ck_assert(!sighting_read(octets, n, s));
	return sighting_read(octets, sizeof(octets), s);
}

static size_t ndp_frame(const struct icmp *m, const uint8_t mac[6], uint8_t *octets)
{
	struct path path = {0};

	memcpy(path.local, mac, 6);
	ndp_group_mac(&m->dst, path.remote);
	ether_write(octets, &path, ETHER_IPV6);
	return ETHER_HEADER + icmp_encode(m, octets + ETHER_HEADER, 200);
}

static bool ndp_says(struct sighting *s, const struct icmp *m, const uint8_t mac[6])
{
	uint8_t octets[256];
	size_t n = ndp_frame(m, mac, octets);

	octets[n] = 0; /* padding */
	for (size_t i = 0; i < n; i++)
		ck_assert(!sighting_read(octets, i, s));
	octets[ETHER_HEADER + 40 + 4] ^= 1; /* wrong checksum */
	ck_assert(!sighting_read(octets, n, s));
	octets[ETHER_HEADER + 40 + 4] ^= 1;
	return sighting_read(octets, n + 1, s);
}

/* Checks that the sighting ends the probe after this number of steps. */
static void takes(const struct addr *a, const struct sighting *s, unsigned steps)
{
	struct probe p;

	begin(&p, a, steps + 1);
	for (unsigned i = 0; i < steps; i++)
		next_step(&p);
	ck_assert_uint_eq(p.state, PROBE_ASKING);
	ck_assert(probe_conflicts(&p, s));
	ck_assert_uint_eq(probe_handle_conflict(&p, s, now, frame), 0);
	ck_assert_uint_eq(p.state, PROBE_TAKEN);
	ck_assert_mem_eq(p.rival, other, 6);
	ck_assert_int_eq(p.due, NS_NEVER);
	ck_assert(!probe_conflicts(&p, s)); /* one conflict is enough */
}

static void says_nothing(const struct addr *a, const struct sighting *s)
{
	struct probe p;

	begin(&p, a, 1);
	next_step(&p);
	ck_assert(!probe_conflicts(&p, s));
}

/* RFC 5227 2.1.1: a conflict is any frame from a station that has the address or probes for it. */
START_TEST(an_ipv4_address_in_use)
{
	const struct addr a = addr_of("192.0.2.77"), b = addr_of("192.0.2.78");
	struct sighting s;

	for (unsigned steps = 0; steps < 4; steps++) {
		ck_assert(arp_says(&s, ARP_REPLY, other, &a, &none_v4));
		takes(&a, &s, steps);
		ck_assert(arp_says(&s, ARP_REQUEST, other, &a, &b));
		takes(&a, &s, steps);
		ck_assert(arp_says(&s, ARP_REQUEST, other, &a, &a)); /* an announcement */
		takes(&a, &s, steps);
		ck_assert(arp_says(&s, ARP_REQUEST, other, &none_v4, &a));
		takes(&a, &s, steps);
	}
	ck_assert(arp_says(&s, ARP_REQUEST, ours, &none_v4, &a)); /* our own frame is received */
	says_nothing(&a, &s);
	ck_assert(arp_says(&s, ARP_REQUEST, other, &none_v4, &b));
	says_nothing(&a, &s);
	ck_assert(arp_says(&s, ARP_REPLY, other, &b, &a));
	says_nothing(&a, &s);
	ck_assert(arp_says(&s, ARP_REQUEST, other, &b, &a)); /* a client asks for the address */
	says_nothing(&a, &s);
	ck_assert(!arp_says(&s, 3, other, &a, &a)); /* RARP */
}
END_TEST

/* RFC 4862 5.4.3, 5.4.4 */
START_TEST(an_ipv6_address_in_use)
{
	const struct addr a = addr_of("2001:db8::12:3456"), b = addr_of("2001:db8::99:3456");
	uint8_t body[NDP_ADVERTISED_LENGTH];
	struct icmp advertisement = {.src = a,
				     .dst = ndp_all_nodes,
				     .type = NDP_ADVERTISEMENT,
				     .rest = NDP_OVERRIDE,
				     .ttl = 255,
				     .quote = body,
				     .quote_len = sizeof(body)};
	struct icmp solicitation = {.dst = ndp_solicited_node(&a),
				    .type = NDP_SOLICITATION,
				    .ttl = 255,
				    .quote = a.b,
				    .quote_len = 16};
	struct sighting s;

	ndp_advertised_write(&a, other, body);
	for (unsigned steps = 0; steps < 2; steps++) {
		ck_assert(ndp_says(&s, &advertisement, other));
		takes(&a, &s, steps);
		ck_assert(ndp_says(&s, &solicitation, other));
		takes(&a, &s, steps);
	}
	ck_assert(ndp_says(&s, &solicitation, ours));
	says_nothing(&a, &s);
	ck_assert(ndp_says(&s, &solicitation, other));
	says_nothing(&b, &s);
	solicitation.src = b; /* a client resolves the address */
	ck_assert(!ndp_says(&s, &solicitation, other));
	solicitation.src = none_v6;
	solicitation.dst = ndp_solicited_node(&(struct addr){.b = {[15] = 1}});
	ck_assert(!ndp_says(&s, &solicitation, other));
	/* Forwarded by a router, and with another code. */
	advertisement.ttl = 254;
	ck_assert(!ndp_says(&s, &advertisement, other));
	advertisement.ttl = 255;
	advertisement.code = 1;
	ck_assert(!ndp_says(&s, &advertisement, other));
	advertisement.code = 0;
	body[17] = 0; /* option of length 0 */
	ck_assert(!ndp_says(&s, &advertisement, other));
}
END_TEST

/* RFC 5227 2.4 (b): the address is defended once in 10 s, and given up after the second claim; (c)
 * if it is kept, it is not given up. A probe of another station is no conflict: it gets an answer.
 */
START_TEST(an_address_of_ours_is_defended)
{
	const struct addr a = addr_of("192.0.2.77"), b = addr_of("192.0.2.78");
	struct sighting claim, question;
	struct probe p;

	ck_assert(arp_says(&claim, ARP_REQUEST, other, &a, &b));
	ck_assert(arp_says(&question, ARP_REQUEST, other, &none_v4, &a));
	for (int kept = 0; kept < 2; kept++) {
		begin(&p, &a, 7);
		if (kept)
			probe_keep(&p, &a, ours);
		else
			until_free(&p);
		ck_assert_uint_eq(p.state, PROBE_FREE);
		ck_assert(!probe_conflicts(&p, &question));
		for (int i = 0; i < 5; i++) {
			ck_assert(probe_conflicts(&p, &claim));
			len = probe_handle_conflict(&p, &claim, now, frame);
			is_request(&a, &a);
			ck_assert_uint_eq(p.state, PROBE_FREE);
			now += 10 * NS_PER_S;
		}
		len = probe_handle_conflict(&p, &claim, now, frame);
		is_request(&a, &a);
		now += 10 * NS_PER_S - 1;
		ck_assert_uint_eq(probe_handle_conflict(&p, &claim, now, frame), 0);
		ck_assert_uint_eq(p.state, kept ? PROBE_FREE : PROBE_TAKEN);
		ck_assert_mem_eq(p.rival, other, 6);
	}
}
END_TEST

START_TEST(a_kept_address_is_not_probed)
{
	const struct addr a = addr_of("2001:db8::77");
	struct probe p;

	probe_keep(&p, &a, ours);
	ck_assert_uint_eq(p.state, PROBE_FREE);
	ck_assert_int_eq(p.due, NS_NEVER);
	ck_assert_uint_eq(probe_step(&p, NS_NEVER - 1, &rng, frame), 0);
}
END_TEST

UNIT_MAIN("probe", a_free_ipv4_address, a_free_ipv6_address, probing_waits_for_carrier,
	  an_ipv4_address_in_use, an_ipv6_address_in_use, an_address_of_ours_is_defended,
	  a_kept_address_is_not_probed)
