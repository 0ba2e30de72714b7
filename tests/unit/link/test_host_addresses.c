/* SPDX-License-Identifier: MIT */
/* The interface addresses of this host, asked for once or each time. */
#include "addresses.h"
#include "unit.h"

#include "link/host_addresses.h"
#include "link/interface.h"

static void expect_loopback(void)
{
	const struct addr loopback = prefix_of("127.0.0.1").addr;
	char name[IF_NAMESIZE] = "";

	ck_assert(interface_of_address(&loopback, name));
	ck_assert_str_ne(name, "");
}

START_TEST(each_caller_has_a_list)
{
	struct ifaddrs *one = host_addresses_get(), *other = host_addresses_get();

	ck_assert_ptr_nonnull(one);
	ck_assert_ptr_nonnull(other);
	ck_assert_ptr_ne(one, other);
	host_addresses_put(one);
	host_addresses_put(other);
	host_addresses_put(NULL);
	expect_loopback();
}
END_TEST

START_TEST(the_held_list_serves_all_callers)
{
	struct ifaddrs *one, *other;

	for (unsigned i = 0; i < 2; i++) {
		host_addresses_hold();
		one = host_addresses_get();
		ck_assert_ptr_nonnull(one);
		host_addresses_put(one);
		expect_loopback();
		ck_assert_ptr_eq(host_addresses_get(), one);
		host_addresses_release();
		other = host_addresses_get();
		host_addresses_put(other);
		expect_loopback();
	}
}
END_TEST

UNIT_MAIN("host_addresses", each_caller_has_a_list, the_held_list_serves_all_callers)
