/* SPDX-License-Identifier: MIT */
#include "addresses.h"
#include "unit.h"

#include "base/container.h"
#include "wire/addr.h"

START_TEST(addresses_are_in_network_order)
{
	static const uint8_t v4[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1};
	static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	struct addr a = addr_of("192.0.2.1"), b;

	ck_assert_mem_eq(a.b, v4, 16);
	ck_assert(addr_is_v4(&a));
	addr_from_v4(&b, v4 + 12);
	ck_assert(addr_equal(&a, &b));
	b = addr_of("::ffff:192.0.2.1");
	ck_assert(addr_equal(&a, &b));
	a = addr_of("2001:db8::1");
	ck_assert_mem_eq(a.b, v6, 16);
	ck_assert(!addr_is_v4(&a));
}
END_TEST

START_TEST(invalid_addresses_are_rejected)
{
	static const char *const cases[] = {
		"",           "1",   "1.2.3",   "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ",     "[::1]",
		"fe80::1%lo", ":::", "1::2::3", "12345::",   "localhost", "192.0.2.1/24",
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct addr a = {.b = {42}};

		ck_assert_msg(!addr_parse(cases[i], &a), "%s", cases[i]);
		ck_assert_uint_eq(a.b[0], 42);
	}
}
END_TEST

START_TEST(prefixes_are_parsed_and_formatted)
{
	static const struct {
		const char *text;
		const char *written;
		unsigned bits;
	} cases[] = {
		{"192.0.2.0/24", "192.0.2.0/24", 120},
		{"0.0.0.0/0", "0.0.0.0/0", 96},
		{"127.0.0.1", "127.0.0.1", 128},
		{"127.0.0.1/32", "127.0.0.1", 128},
		{"10.0.0.0/9", "10.0.0.0/9", 105},
		{"::/0", "::/0", 0},
		{"::ffff:0:0/96", "0.0.0.0/0", 96},
		{"2001:db8::/33", "2001:db8::/33", 33},
		{"::1", "::1", 128},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127",
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", 127},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct prefix p = prefix_of(cases[i].text);
		char buf[ADDR_TEXT_MAX];

		ck_assert_uint_eq(p.bits, cases[i].bits);
		ck_assert_str_eq(prefix_format(&p, buf), cases[i].written);
	}
}
END_TEST

START_TEST(invalid_prefixes_are_rejected)
{
	static const char *const cases[] = {
		"",
		"/8",
		"10.0.0.0/",
		"::/",
		"10.0.0.0/33",
		"10.0.0.1/8",
		"10.0.1.0/8",
		"10.0.0.0/-1",
		"10.0.0.0/ 8",
		"10.0.0.0/8x",
		"10.0.0.0/0008",
		"::/129",
		"2001:db8::1/64",
		"10.0.0.0/8/8",
		"10.128.0.0/8",
		"255.255.255.255/31",
		"1111111111111111111111111111111111111111111111111111111111111111/8",
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct prefix p = {.bits = 42};

		ck_assert_msg(!prefix_parse(cases[i], &p), "%s", cases[i]);
		ck_assert_uint_eq(p.bits, 42);
	}
}
END_TEST

START_TEST(a_prefix_contains_its_addresses)
{
	static const struct {
		const char *prefix, *addr;
		bool inside;
	} cases[] = {
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.0/24", "192.0.3.0", false},
		{"10.0.0.0/9", "10.127.255.255", true},
		{"10.0.0.0/9", "10.128.0.0", false},
		{"0.0.0.0/0", "255.1.2.3", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"::/0", "2001:db8::1", true},
		{"::/0", "192.0.2.1", false},
		{"::/80", "192.0.2.1", false},
		{"::ffff:0:0/96", "192.0.2.1", true},
		{"2001:db8::/33", "2001:db8:7fff::", true},
		{"2001:db8::/33", "2001:db8:8000::", false},
		{"::1", "::1", true},
		{"::1", "::2", false},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct prefix p = prefix_of(cases[i].prefix);
		struct addr a = addr_of(cases[i].addr);

		ck_assert_msg(prefix_contains(&p, &a) == cases[i].inside, "%s in %s", cases[i].addr,
			      cases[i].prefix);
	}
}
END_TEST

START_TEST(addresses_are_formatted_in_short_form)
{
	static const char *const cases[] = {"192.0.2.1", "0.0.0.0", "::1", "::", "2001:db8::1"};
	char buf[ADDR_TEXT_MAX];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct addr a = addr_of(cases[i]);

		ck_assert_str_eq(addr_format(&a, buf), cases[i]);
	}
}
END_TEST

START_TEST(an_ipv4_network_has_a_broadcast_address)
{
	static const struct {
		const char *address;
		uint8_t bits; /* of an IPv4 prefix */
		const char *broadcast;
	} cases[] = {
		{"10.9.0.7", 24, "10.9.0.255"},   {"10.9.0.7", 8, "10.255.255.255"},
		{"10.9.0.128", 25, "10.9.0.255"}, {"10.9.0.1", 25, "10.9.0.127"},
		{"10.9.0.5", 30, "10.9.0.7"},     {"10.9.0.5", 31, NULL},
		{"10.9.0.5", 32, NULL},
	};
	struct addr got, want;
	struct prefix p;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		p = (struct prefix){addr_of(cases[i].address), (uint8_t)(96 + cases[i].bits)};
		ck_assert(prefix_broadcast(&p, &got) == !!cases[i].broadcast);
		if (!cases[i].broadcast)
			continue;
		want = addr_of(cases[i].broadcast);
		ck_assert(addr_equal(&got, &want));
	}
	p = prefix_of("fd09::/64");
	ck_assert(!prefix_broadcast(&p, &got));
}
END_TEST

START_TEST(kinds_of_addresses)
{
	static const struct {
		const char *addr;
		bool loopback, unanswerable;
	} cases[] = {
		{"127.0.0.1", true, false},
		{"127.255.255.255", true, false},
		{"128.0.0.1", false, false},
		{"::1", true, false},
		{"::2", false, false},
		{"::", false, true},
		{"0.0.0.0", false, true},
		{"0.0.0.1", false, false},
		{"255.255.255.255", false, true},
		{"255.255.255.254", false, false},
		{"223.255.255.255", false, false},
		{"224.0.0.1", false, true},
		{"239.255.255.255", false, true},
		{"240.0.0.1", false, false},
		{"ff02::1", false, true},
		{"fe80::1", false, false},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct addr a = addr_of(cases[i].addr);

		ck_assert_msg(addr_is_loopback(&a) == cases[i].loopback, "%s", cases[i].addr);
		ck_assert_msg(addr_is_unanswerable(&a) == cases[i].unanswerable, "%s",
			      cases[i].addr);
	}
}
END_TEST

static const char *host(const char *net, uint64_t number, char text[ADDR_TEXT_MAX])
{
	const struct prefix p = prefix_of(net);
	struct addr a;

	return prefix_host(&p, number, &a) ? addr_format(&a, text) : "-";
}

static const char *last(const char *net, char text[ADDR_TEXT_MAX])
{
	const struct prefix p = prefix_of(net);
	struct addr a = prefix_last_host(&p);

	return addr_format(&a, text);
}

START_TEST(hosts_of_a_network)
{
	char text[ADDR_TEXT_MAX];

	ck_assert_str_eq(host("10.123.0.0/16", 0, text), "10.123.0.0");
	ck_assert_str_eq(host("10.123.0.0/16", 2, text), "10.123.0.2");
	ck_assert_str_eq(host("10.123.0.0/16", 65535, text), "10.123.255.255");
	ck_assert_str_eq(host("10.123.0.0/16", 65536, text), "-");
	ck_assert_str_eq(host("0.0.0.0/0", UINT32_MAX, text), "255.255.255.255");
	ck_assert_str_eq(host("0.0.0.0/0", 1ull << 32, text), "-");
	ck_assert_str_eq(host("192.0.2.1", 1, text), "-");
	ck_assert_str_eq(host("fd12:3456::/64", UINT64_MAX, text),
			 "fd12:3456::ffff:ffff:ffff:ffff");
	ck_assert_str_eq(host("fd12:3456::/32", 0x10002, text), "fd12:3456::1:2");
	ck_assert_str_eq(host("fd12::80/121", 128, text), "-");
	ck_assert_str_eq(last("10.123.0.0/16", text), "10.123.255.254");
	ck_assert_str_eq(last("10.0.0.4/30", text), "10.0.0.6");
	ck_assert_str_eq(last("10.0.0.4/31", text), "10.0.0.5");
	ck_assert_str_eq(last("10.0.0.4", text), "10.0.0.4");
	ck_assert_str_eq(last("fd00::/126", text), "fd00::3");
	ck_assert_str_eq(last("fd00::/62", text), "fd00::3:ffff:ffff:ffff:ffff");
}
END_TEST

START_TEST(overlapping_networks)
{
	const struct prefix wide = prefix_of("10.0.0.0/8"), narrow = prefix_of("10.1.0.0/16"),
			    beside = prefix_of("10.2.0.0/16");

	ck_assert(prefix_overlap(&wide, &narrow));
	ck_assert(prefix_overlap(&narrow, &wide));
	ck_assert(prefix_overlap(&narrow, &narrow));
	ck_assert(!prefix_overlap(&narrow, &beside));
}
END_TEST

START_TEST(errors_about_host_bits_have_a_remedy)
{
	static const struct {
		const char *text, *wrong;
	} cases[] = {
		{"192.0.2.1/24",
		 "expected 192.0.2.0/24 or 192.0.2.1, got '192.0.2.1/24', which has "
		 "host bits"},
		{"255.255.255.255/1", "expected 128.0.0.0/1 or 255.255.255.255, got "
				      "'255.255.255.255/1', which has host bits"},
		{"2001:db8::1/126", "expected 2001:db8::/126 or 2001:db8::1, got "
				    "'2001:db8::1/126', which has host bits"},
		{"x/24", "expected a network, got 'x/24'"},
	};
	struct prefix p, unchanged = {.bits = 7};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *wrong = NULL;

		p = unchanged;
		ck_assert(!prefix_read(cases[i].text, "a network", &p, &wrong));
		ck_assert_str_eq(wrong, cases[i].wrong);
		ck_assert_mem_eq(&p, &unchanged, sizeof(p));
		free(wrong);
	}
}
END_TEST

UNIT_MAIN("addr", hosts_of_a_network, overlapping_networks, addresses_are_in_network_order,
	  invalid_addresses_are_rejected, prefixes_are_parsed_and_formatted,
	  invalid_prefixes_are_rejected, a_prefix_contains_its_addresses,
	  addresses_are_formatted_in_short_form, an_ipv4_network_has_a_broadcast_address,
	  kinds_of_addresses, errors_about_host_bits_have_a_remedy)
