/* SPDX-License-Identifier: MIT */
#include "addresses.h"
#include "unit.h"

#include "link/prefix_set.h"

/* Equals a linear search. */
START_TEST(sets_of_networks)
{
	const struct prefix list[] = {
		prefix_of("10.0.0.0/8"),    prefix_of("10.1.0.0/16"),     prefix_of("10.1.2.3"),
		prefix_of("9.255.255.255"), prefix_of("11.0.0.0/31"),     prefix_of("10.0.0.0/8"),
		prefix_of("fd00::/8"),      prefix_of("fd00::1"),         prefix_of("fc00::/16"),
		prefix_of("fe80::1"),       prefix_of("255.255.255.255"), prefix_of("0.0.0.0"),
		prefix_of("::/8"),
	};
	static const char *const addresses[] = {
		"10.0.0.0",      "10.255.255.255",  "10.1.2.3",        "10.1.2.4", "9.255.255.255",
		"9.255.255.254", "11.0.0.0",        "11.0.0.1",        "11.0.0.2", "0.0.0.0",
		"0.0.0.1",       "255.255.255.255", "255.255.255.254", "::",       "fc00::1",
		"fc01::1",       "fd00::",          "fdff:ffff::1",    "fe00::",   "fe80::1",
		"fe80::2",       "ffff::",          "127.0.0.1",       "ff::1",
	};
	const unsigned count = COUNT_OF(list);
	struct prefix_set set = {0};

	for (unsigned used = 0; used <= count; used++) {
		prefix_set_fill(&set, list, used);
		for (size_t i = 0; i < COUNT_OF(addresses); i++) {
			bool in = false;
			struct addr a;

			ck_assert(addr_parse(addresses[i], &a));
			for (unsigned n = 0; n < used; n++)
				in |= prefix_contains(&list[n], &a);
			ck_assert_msg(prefix_set_has(&set, &a) == in, "%s of %u", addresses[i],
				      used);
		}
	}
	ck_assert_uint_eq(set.count, 9);
	prefix_set_free(&set);
	ck_assert_uint_eq(set.count, 0);
}
END_TEST

UNIT_MAIN("prefix_set", sets_of_networks)
