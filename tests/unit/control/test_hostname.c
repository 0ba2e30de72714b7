/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "control/hostname.h"

#include <stdio.h>
#include <string.h>

static void expect(const char *endpoint, unsigned again, const char *wanted)
{
	char name[HOSTNAME_MAX];

	hostname_of(endpoint, again, name);
	ck_assert_str_eq(name, wanted);
}

START_TEST(parts_are_labels_in_reverse_order)
{
	expect("slow", 0, "slow.synack.test");
	expect("v4/synack-delay", 0, "synack-delay.v4.synack.test");
	expect("a/b/c", 0, "c.b.a.synack.test");
	expect("/a//b/", 0, "b.a.synack.test");
}
END_TEST

START_TEST(invalid_characters_become_hyphens)
{
	expect("My_web.1", 0, "my-web-1.synack.test");
	expect("-x-/_y.", 0, "y.x.synack.test");
	expect("...", 0, "endpoint.synack.test");
	expect("a/_/b", 0, "b.a.synack.test");
}
END_TEST

START_TEST(equal_names_get_different_labels)
{
	expect("v4/x", 1, "x-2.v4.synack.test");
	expect("v4/x", 41, "x-42.v4.synack.test");
	expect("__", 1, "endpoint-2.synack.test");
}
END_TEST

START_TEST(long_names_are_truncated)
{
	char endpoint[65], wanted[HOSTNAME_MAX], name[HOSTNAME_MAX];

	memset(endpoint, 'a', 64);
	endpoint[64] = '\0';
	sprintf(wanted, "%.63s.synack.test", endpoint);
	expect(endpoint, 0, wanted);
	sprintf(wanted, "%.60s-10.synack.test", endpoint);
	expect(endpoint, 9, wanted);
	for (int i = 1; i < 64; i += 2) /* the maximum number of labels */
		endpoint[i] = '/';
	hostname_of(endpoint, 0, name);
	ck_assert_uint_eq(strlen(name), 64 + strlen("synack.test"));
}
END_TEST

UNIT_MAIN("hostname", parts_are_labels_in_reverse_order, invalid_characters_become_hyphens,
	  equal_names_get_different_labels, long_names_are_truncated)
