/* SPDX-License-Identifier: MIT */
#include "addresses.h"
#include "unit.h"

#include "engine/endpoint_index.h"

#include <stdio.h>
#include <string.h>

static struct endpoint at(char *name, const char *address, uint16_t from, uint16_t to)
{
	struct ruleset *rules = calloc(1, sizeof(*rules));

	return (struct endpoint){.name = name,
				 .address = prefix_of(address),
				 .port_from = from,
				 .port_to = to,
				 .rules = rules};
}

static const char *found(const struct endpoint_index *e, const char *address, uint16_t port)
{
	struct addr a = addr_of(address);
	const struct endpoint *hit = endpoint_index_find(e, &a, port);

	return hit ? hit->name : "-";
}

static bool own(const struct endpoint_index *e, const char *address)
{
	struct addr a = addr_of(address);

	return endpoint_index_own(e, &a);
}

static bool have(const struct endpoint_index *e, const char *address)
{
	struct addr a = addr_of(address);

	return endpoint_index_have(e, &a);
}

START_TEST(longest_prefix_then_fewest_ports)
{
	const struct endpoint list[] = {
		at("all", "0.0.0.0/0", 1, 65535),
		at("net", "10.0.0.0/8", 1000, 2000),
		at("odd", "10.1.2.128/25", 443, 443),
		at("wide", "10.1.2.129", 1, 65535),
		at("middle", "10.1.2.129", 256, 767),
		at("one", "10.1.2.129", 300, 300),
		at("overlap", "10.1.2.129", 700, 1300),
		at("first", "::1", 80, 90),
		at("second", "::1", 85, 95),
		at("six", "2001:db8::/33", 1, 255),
	};
	struct endpoint_index *e = endpoint_index_build(list, 10, NULL, 0);

	ck_assert_str_eq(found(e, "192.0.2.1", 1), "all");
	ck_assert_str_eq(found(e, "192.0.2.1", 65535), "all");
	ck_assert_str_eq(found(e, "192.0.2.1", 0), "-");
	ck_assert_str_eq(found(e, "10.9.9.9", 999), "all"); /* "net" lacks the port */
	ck_assert_str_eq(found(e, "10.9.9.9", 1000), "net");
	ck_assert_str_eq(found(e, "10.9.9.9", 2000), "net");
	ck_assert_str_eq(found(e, "10.9.9.9", 2001), "all");
	ck_assert_str_eq(found(e, "10.1.2.128", 443), "odd");
	ck_assert_str_eq(found(e, "10.1.2.127", 443), "all");
	ck_assert_str_eq(found(e, "10.1.2.129", 443), "middle");
	ck_assert_str_eq(found(e, "10.1.2.129", 255), "wide");
	ck_assert_str_eq(found(e, "10.1.2.129", 256), "middle");
	ck_assert_str_eq(found(e, "10.1.2.129", 300), "one");
	ck_assert_str_eq(found(e, "10.1.2.129", 301), "middle");
	ck_assert_str_eq(found(e, "10.1.2.129", 767), "middle");
	ck_assert_str_eq(found(e, "10.1.2.129", 768), "overlap");
	ck_assert_str_eq(found(e, "10.1.2.129", 1301), "wide");
	ck_assert_str_eq(found(e, "::1", 85), "first"); /* equally many ports: the first one */
	ck_assert_str_eq(found(e, "::1", 91), "second");
	ck_assert_str_eq(found(e, "::1", 96), "-");
	ck_assert_str_eq(found(e, "2001:db8:7fff::1", 255), "six");
	ck_assert_str_eq(found(e, "2001:db8:8000::1", 255), "-");
	ck_assert_uint_eq(list[0].rules->references, 1);
	endpoint_index_put(e); /* frees the rulesets, too: these were the last references */
}
END_TEST

START_TEST(endpoints_define_our_addresses)
{
	struct endpoint list[] = {at("a", "10.0.0.0/24", 80, 80), at("b", "2001:db8::1", 80, 80),
				  at("busy", "10.0.1.1", 80, 80), at("c", "10.0.0.1", 80, 80)};
	struct endpoint_index *e;

	list[2].problem = (char *)"the port is in use";
	list[3].problem = (char *)"likewise";
	e = endpoint_index_build(list, 4, NULL, 0);
	ck_assert(own(e, "10.0.0.200"));
	ck_assert(!own(e, "10.0.2.1"));
	ck_assert(own(e, "2001:db8::1"));
	ck_assert(!own(e, "2001:db8::2"));
	/* An endpoint with a problem is not found by address, */
	ck_assert(!own(e, "10.0.1.1"));
	ck_assert_str_eq(found(e, "10.0.1.1", 80), "-");
	ck_assert_str_eq(found(e, "10.0.0.1", 80), "a");
	/* but it is listed. */
	ck_assert_uint_eq(e->count, 4);
	ck_assert_str_eq(e->endpoint[2].problem, "the port is in use");
	endpoint_index_put(e);
}
END_TEST

/* If the kernel owns an address, its other ports belong to the kernel, too. */
START_TEST(an_address_of_the_kernel_is_not_ours)
{
	struct endpoint list[] = {at("net", "10.0.0.0/24", 80, 80), at("host", "10.0.1.1", 80, 80)};
	struct endpoint_index *e;

	list[1].owned = true;
	e = endpoint_index_build(list, 2, NULL, 0);
	ck_assert(own(e, "10.0.0.1"));
	ck_assert(!own(e, "10.0.1.1"));
	ck_assert(have(e, "10.0.0.1") && have(e, "10.0.1.1") && !have(e, "10.0.1.2"));
	ck_assert_str_eq(found(e, "10.0.1.1", 80), "host");
	endpoint_index_put(e);
}
END_TEST

/* The kernel's end of a TUN device is excluded from a network of ours. */
START_TEST(the_kernels_end_has_no_endpoint)
{
	struct endpoint list[] = {at("net", "10.0.0.0/24", 1, 65535), at("six", "fd00::/64", 1, 9)};
	struct endpoint_index *e = endpoint_index_build(list, 2, NULL, 0);
	const struct addr ends[] = {addr_of("10.0.0.254"), addr_of("fd00::f")};

	ck_assert_str_eq(found(e, "10.0.0.254", 80), "net");
	endpoint_index_leave(e, ends, 2);
	ck_assert_str_eq(found(e, "10.0.0.254", 80), "-");
	ck_assert(!own(e, "10.0.0.254"));
	ck_assert_str_eq(found(e, "fd00::f", 9), "-");
	ck_assert(!own(e, "fd00::f"));
	ck_assert_str_eq(found(e, "10.0.0.253", 80), "net");
	ck_assert_str_eq(found(e, "fd00::e", 9), "six");
	endpoint_index_leave(e, NULL, 0);
	ck_assert_str_eq(found(e, "10.0.0.254", 80), "net");
	endpoint_index_put(e);
}
END_TEST

static bool sends_from(const struct endpoint_index *e, const char *address, uint16_t port)
{
	struct addr a = addr_of(address);

	return endpoint_index_send_from(e, &a, port);
}

START_TEST(sources_are_addresses_of_endpoints)
{
	struct endpoint list[] = {at("net", "10.0.0.0/24", 80, 80), at("host", "10.0.1.1", 80, 89),
				  at("six", "2001:db8::1", 80, 80)};
	const struct addr end = addr_of("10.0.0.254");
	struct endpoint_index *e;

	list[1].owned = true;
	e = endpoint_index_build(list, 3, NULL, 0);
	endpoint_index_leave(e, &end, 1);
	for (unsigned port = 0; port < 65536; port += 40) {
		ck_assert(sends_from(e, "10.0.0.7", (uint16_t)port));
		ck_assert(sends_from(e, "2001:db8::1", (uint16_t)port));
		ck_assert(sends_from(e, "10.0.1.1", (uint16_t)port) == (port == 80));
		ck_assert(!sends_from(e, "10.0.0.254", (uint16_t)port));
		ck_assert(!sends_from(e, "10.0.1.2", (uint16_t)port));
		ck_assert(!sends_from(e, "2001:db8::2", (uint16_t)port));
	}
	endpoint_index_put(e);
}
END_TEST

START_TEST(clients_are_allowed_by_prefix)
{
	const struct allowed clients[] = {{.network = prefix_of("127.0.0.0/8")},
					  {.network = prefix_of("::1")},
					  {.network = prefix_of("10.0.0.0/9")}};
	struct endpoint_index *e = endpoint_index_build(NULL, 0, clients, 3);
	struct addr a;

	a = addr_of("127.255.0.1");
	ck_assert(endpoint_index_allow(e, &a));
	a = addr_of("10.127.255.255");
	ck_assert(endpoint_index_allow(e, &a));
	a = addr_of("10.128.0.0");
	ck_assert(!endpoint_index_allow(e, &a));
	a = addr_of("::1");
	ck_assert(endpoint_index_allow(e, &a));
	a = addr_of("::2");
	ck_assert(!endpoint_index_allow(e, &a));
	ck_assert(!endpoint_index_own(e, &a));
	ck_assert_ptr_null(endpoint_index_find(e, &a, 80));
	endpoint_index_put(e);
	e = endpoint_index_build(NULL, 0, NULL, 0);
	a = addr_of("127.0.0.1");
	ck_assert(!endpoint_index_allow(e, &a));
	endpoint_index_put(e);
	endpoint_index_put(NULL);
}
END_TEST

/* Gives the same results as a linear search. */
START_TEST(many_endpoints_are_found)
{
	enum { COUNT = 3000 };
	struct endpoint *list = calloc(COUNT, sizeof(*list));
	char name[COUNT][16];
	struct endpoint_index *e;

	for (unsigned i = 0; i < COUNT; i++) {
		char address[32];

		snprintf(name[i], sizeof(name[i]), "e%u", i);
		snprintf(address, sizeof(address), "10.0.%u.%u", i / 4 % 250, i % 4);
		list[i] = at(name[i], address, (uint16_t)(1 + i), (uint16_t)(1 + i));
	}
	e = endpoint_index_build(list, COUNT, NULL, 0);
	for (unsigned i = 0; i < COUNT; i++) {
		struct addr a = list[i].address.addr;

		ck_assert_str_eq(endpoint_index_find(e, &a, (uint16_t)(1 + i))->name, name[i]);
		ck_assert_ptr_null(endpoint_index_find(e, &a, (uint16_t)(2 + i)));
	}
	endpoint_index_put(e);
	free(list);
}
END_TEST

START_TEST(the_longest_client_prefix_applies)
{
	const struct allowed clients[] = {{prefix_of("10.1.0.0/16"), 1, 1, false},
					  {prefix_of("0.0.0.0/0"), 2, 2, false},
					  {prefix_of("10.1.2.0/24"), 3, 3, false}};
	struct endpoint_index *e = endpoint_index_build(NULL, 0, clients, 3);
	struct addr a;

	a = addr_of("10.1.3.1");
	ck_assert_uint_eq(endpoint_index_allow(e, &a)->amplification, 1);
	a = addr_of("192.0.2.1");
	ck_assert_uint_eq(endpoint_index_allow(e, &a)->amplification, 2);
	a = addr_of("10.1.2.255");
	ck_assert_uint_eq(endpoint_index_allow(e, &a)->amplification, 3);
	endpoint_index_put(e);
}
END_TEST

UNIT_MAIN("endpoint_index", longest_prefix_then_fewest_ports, endpoints_define_our_addresses,
	  an_address_of_the_kernel_is_not_ours, the_kernels_end_has_no_endpoint,
	  sources_are_addresses_of_endpoints, clients_are_allowed_by_prefix,
	  the_longest_client_prefix_applies, many_endpoints_are_found)
