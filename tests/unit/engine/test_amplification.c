/* SPDX-License-Identifier: MIT */
#include "addresses.h"
#include "unit.h"

#include "engine/amplification.h"

static struct amplification amplification = {.key = {1, 2}, .accounts = 1024};
static const struct allowed three = {.amplification = 3, .rate = 1000};
static const struct link wire = {.live = true};

static void heard(const struct allowed *by, const struct addr *client, size_t octets, nstime now)
{
	amplification_heard(&amplification, by, client, octets, false, now);
}

static bool may_take(const struct allowed *by, const struct addr *client, size_t octets, nstime now)
{
	return amplification_take(&amplification, by, client, octets, false, 0, now);
}

START_TEST(lengths_are_those_of_frames)
{
	ck_assert_uint_eq(amplification_octets(20), 60);
	ck_assert_uint_eq(amplification_octets(46), 60);
	ck_assert_uint_eq(amplification_octets(47), 61);
	ck_assert_uint_eq(amplification_octets(1500), 1514);
}
END_TEST

START_TEST(all_clients_share_a_rate)
{
	const struct allowed unlimited = {.amplification = 3};
	struct addr a = addr_of("192.0.2.1"), b = addr_of("2001:db8::1");

	amplification.rate = 1500;
	heard(&unlimited, &a, 1000, 0);
	heard(&unlimited, &b, 1000, 0);
	/* The rate does not limit answers up to the octets received from a client. */
	ck_assert(may_take(&unlimited, &a, 2000, 0));
	ck_assert(may_take(&unlimited, &b, 1500, 0));
	ck_assert(!may_take(&unlimited, &a, 1, NS_PER_S - 1));
	ck_assert(!may_take(&unlimited, &b, 1, NS_PER_S - 1));
	heard(&unlimited, &a, 100, NS_PER_S - 1);
	ck_assert(may_take(&unlimited, &a, 100, NS_PER_S - 1));
	/* The first SYN-ACK for a SYN is never refused, but counts in its second. */
	amplification_heard(&amplification, &unlimited, &b, 60, true, NS_PER_S - 1);
	ck_assert(amplification_take(&amplification, &unlimited, &b, 74, true, 0, NS_PER_S - 1));
	ck_assert(may_take(&unlimited, &b, 1000, NS_PER_S));
	ck_assert(may_take(&unlimited, &a, 500, NS_PER_S));
	ck_assert(!may_take(&unlimited, &a, 1, NS_PER_S));
	amplification.rate = 0;
	ck_assert(may_take(&unlimited, &a, 1, NS_PER_S));
	amplification_free(&amplification);
	amplification = (struct amplification){.key = amplification.key,
					       .accounts = amplification.accounts};
}
END_TEST

START_TEST(a_silent_client_has_no_budget)
{
	struct addr a = addr_of("192.0.2.1");

	ck_assert(!may_take(&three, &a, 1, 0));
	amplification_free(&amplification);
}
END_TEST

START_TEST(octets_per_octet_received)
{
	struct addr a = addr_of("192.0.2.1"), other = addr_of("192.0.2.2");

	heard(&three, &a, 40, 0);
	ck_assert(may_take(&three, &a, 60, 0));
	ck_assert(!may_take(&three, &other, 1, 0));
	/* A refused segment does not use up the budget. */
	ck_assert(!may_take(&three, &a, 61, 0));
	ck_assert(may_take(&three, &a, 60, 0));
	ck_assert(!may_take(&three, &a, 1, 0));
	/* Elapsed time does not increase the budget. */
	ck_assert(!may_take(&three, &a, 1, 1000 * NS_PER_S));
	amplification_free(&amplification);
}
END_TEST

START_TEST(rate_per_client)
{
	struct addr a = addr_of("192.0.2.1");

	heard(&three, &a, 3000, 0);
	/* 3000 octets are matched, and 1000 are within the rate. */
	ck_assert(may_take(&three, &a, 3600, NS_PER_S / 2));
	ck_assert(!may_take(&three, &a, 600, NS_PER_S - 1));
	ck_assert(may_take(&three, &a, 400, NS_PER_S - 1));
	ck_assert(!may_take(&three, &a, 1, NS_PER_S - 1));
	/* Octets received in the same second can be answered in addition. */
	heard(&three, &a, 500, NS_PER_S - 1);
	ck_assert(may_take(&three, &a, 500, NS_PER_S - 1));
	ck_assert(!may_take(&three, &a, 1, NS_PER_S - 1));
	/* The next second. */
	ck_assert(may_take(&three, &a, 1000, NS_PER_S));
	ck_assert(!may_take(&three, &a, 1, NS_PER_S));
	amplification_free(&amplification);
}
END_TEST

START_TEST(the_first_synack_for_each_syn_is_exempt)
{
	static const struct allowed one = {.amplification = 1}, slow = {.rate = 1};
	const struct allowed *const of[] = {&one, &slow};
	struct addr a = addr_of("192.0.2.1");

	for (unsigned i = 0; i < 2; i++) {
		/* Two SYNs, and a segment that exceeds the budget of both. */
		amplification_heard(&amplification, of[i], &a, 60, true, 0);
		amplification_heard(&amplification, of[i], &a, 60, true, 0);
		ck_assert(!amplification_take(&amplification, of[i], &a, 200, false, 0, 0));
		ck_assert(amplification_take(&amplification, of[i], &a, 200, true, 0, 0));
		ck_assert(amplification_take(&amplification, of[i], &a, 74, true, 0, 0));
		ck_assert(!amplification_take(&amplification, of[i], &a, 74, true, 0, 0));
		/* Only a SYN permits a SYN-ACK. */
		amplification_heard(&amplification, of[i], &a, 60, false, 0);
		ck_assert(!amplification_take(&amplification, of[i], &a, 74, true, 0, 0));
		amplification_free(&amplification);
	}
}
END_TEST

START_TEST(exempt_octets_are_counted)
{
	static const struct allowed two = {.amplification = 2};
	struct addr a = addr_of("192.0.2.1");

	amplification_heard(&amplification, &two, &a, 60, true, 0);
	ck_assert(may_take(&two, &a, 120, 0));
	ck_assert(amplification_take(&amplification, &two, &a, 74, true, 0, 0));
	heard(&two, &a, 60, 0);
	ck_assert(!may_take(&two, &a, 47, 0));
	ck_assert(may_take(&two, &a, 46, 0));
	ck_assert(!may_take(&two, &a, 1, 0));
	amplification_free(&amplification);
}
END_TEST

START_TEST(an_ipv6_network_has_one_account)
{
	struct addr a = addr_of("2001:db8::1"), beside = addr_of("2001:db8::ffff:0:0:2"),
		    other = addr_of("2001:db8:0:1::1");

	heard(&three, &a, 40, 0);
	ck_assert(may_take(&three, &beside, 120, 0));
	ck_assert(!may_take(&three, &a, 1, 0));
	heard(&three, &beside, 40, 0);
	ck_assert(!may_take(&three, &other, 1, 0));
	amplification_free(&amplification);
}
END_TEST

START_TEST(bounds_apply_by_link)
{
	static const struct allowed none = {0}, rate = {.rate = 100}, ten = {.amplification = 10},
				    own = {.amplification = 3, .tun = true};
	static const struct link lo = {.live = true, .loopback = true},
				 tun = {.live = true, .tun = true}, capture = {0};
	struct addr a = addr_of("192.0.2.1"), loopback = addr_of("127.0.0.1");

	ck_assert(!amplification_applies(&none, &a, &wire));
	ck_assert(amplification_applies(&rate, &a, &wire));
	ck_assert(amplification_applies(&ten, &a, &wire));
	ck_assert(amplification_applies(&ten, &a, &capture));
	/* On lo no bound applies, whatever the address is. */
	ck_assert(!amplification_applies(&three, &a, &lo));
	ck_assert(!amplification_applies(&three, &loopback, &lo));
	ck_assert(amplification_applies(&three, &loopback, &wire));
	ck_assert(!amplification_applies(&three, &loopback, &capture));
	/* Other hosts may be routed to a TUN device, so bounds apply there. */
	ck_assert(!amplification_applies(&own, &a, &tun));
	ck_assert(amplification_applies(&three, &a, &tun));
	ck_assert(amplification_applies(&own, &a, &wire));
}
END_TEST

START_TEST(factor_and_rate_are_independent)
{
	static const struct allowed rate = {.rate = 100}, ten = {.amplification = 10};
	struct addr a = addr_of("192.0.2.1");

	ck_assert(may_take(&rate, &a, 100, 0));
	ck_assert(!may_take(&rate, &a, 1, 0));
	heard(&ten, &a, 100000, 0);
	ck_assert(may_take(&ten, &a, 1000000, 0));
	amplification_free(&amplification);
}
END_TEST

START_TEST(the_number_of_accounts_is_bounded)
{
	struct addr a = addr_of("10.0.0.0");
	unsigned kept = 0;

	for (unsigned i = 0; i < 100000; i++) {
		a.b[13] = (uint8_t)(i >> 16), a.b[14] = (uint8_t)(i >> 8), a.b[15] = (uint8_t)i;
		heard(&three, &a, 40, (nstime)i * NS_PER_MS);
		/* The newest address always has an account. */
		ck_assert(may_take(&three, &a, 60, (nstime)i * NS_PER_MS));
	}
	for (unsigned i = 100000 - 2048; i < 100000; i++) {
		a.b[13] = (uint8_t)(i >> 16), a.b[14] = (uint8_t)(i >> 8), a.b[15] = (uint8_t)i;
		kept += may_take(&three, &a, 60, 100 * NS_PER_S);
	}
	ck_assert_uint_le(kept, 1024);
	ck_assert_uint_ge(kept, 512);
	amplification_free(&amplification);
}
END_TEST

UNIT_MAIN("amplification", lengths_are_those_of_frames, all_clients_share_a_rate,
	  a_silent_client_has_no_budget, octets_per_octet_received, rate_per_client,
	  the_first_synack_for_each_syn_is_exempt, exempt_octets_are_counted,
	  an_ipv6_network_has_one_account, bounds_apply_by_link, factor_and_rate_are_independent,
	  the_number_of_accounts_is_bounded)
