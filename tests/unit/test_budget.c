/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "budget.h"

static struct budget budget = {.key = {1, 2}, .accounts = 1024};
static const struct allowed three = {.amplification = 3, .rate = 1000};

static struct addr addr(const char *text)
{
	struct addr a;

	ck_assert(addr_parse(text, &a));
	return a;
}

START_TEST(who_said_nothing_has_nothing)
{
	struct addr a = addr("192.0.2.1");

	ck_assert(!budget_take(&budget, &three, &a, 1, 0));
	budget_free(&budget);
}
END_TEST

START_TEST(so_many_octets_for_each_that_came)
{
	struct addr a = addr("192.0.2.1"), other = addr("192.0.2.2");

	budget_heard(&budget, &three, &a, 40, 0);
	ck_assert(budget_take(&budget, &three, &a, 60, 0));
	ck_assert(!budget_take(&budget, &three, &other, 1, 0));
	/* What is too long leaves room for what is not. */
	ck_assert(!budget_take(&budget, &three, &a, 61, 0));
	ck_assert(budget_take(&budget, &three, &a, 60, 0));
	ck_assert(!budget_take(&budget, &three, &a, 1, 0));
	/* Time alone gives nothing. */
	ck_assert(!budget_take(&budget, &three, &a, 1, 1000 * NS_PER_S));
	budget_free(&budget);
}
END_TEST

START_TEST(so_many_octets_a_second)
{
	struct addr a = addr("192.0.2.1");

	budget_heard(&budget, &three, &a, 10000, 0);
	ck_assert(budget_take(&budget, &three, &a, 600, NS_PER_S / 2));
	ck_assert(!budget_take(&budget, &three, &a, 600, NS_PER_S - 1));
	ck_assert(budget_take(&budget, &three, &a, 400, NS_PER_S - 1));
	ck_assert(budget_take(&budget, &three, &a, 1000, NS_PER_S));
	budget_free(&budget);
}
END_TEST

START_TEST(over_ipv6_a_network_has_one_account)
{
	struct addr a = addr("2001:db8::1"), beside = addr("2001:db8::ffff:0:0:2"),
		    other = addr("2001:db8:0:1::1");

	budget_heard(&budget, &three, &a, 40, 0);
	ck_assert(budget_take(&budget, &three, &beside, 120, 0));
	ck_assert(!budget_take(&budget, &three, &a, 1, 0));
	budget_heard(&budget, &three, &beside, 40, 0);
	ck_assert(!budget_take(&budget, &three, &other, 1, 0));
	budget_free(&budget);
}
END_TEST

START_TEST(some_have_no_bounds)
{
	static const struct allowed none = {0}, rate = {.rate = 100}, ten = {.amplification = 10};
	struct addr a = addr("192.0.2.1"), loopback = addr("127.0.0.1");

	ck_assert(budget_take(&budget, &none, &a, 1 << 30, 0));
	ck_assert(budget_take(&budget, &three, &loopback, 1 << 30, 0));
	ck_assert(budget_take(&budget, NULL, &a, 1 << 30, 0));
	ck_assert_ptr_null(budget.account); /* nor do they cost anything */
	ck_assert(budget_take(&budget, &rate, &a, 100, 0));
	ck_assert(!budget_take(&budget, &rate, &a, 1, 0));
	budget_heard(&budget, &ten, &a, 100000, 0);
	ck_assert(budget_take(&budget, &ten, &a, 1000000, 0));
	budget_free(&budget);
}
END_TEST

START_TEST(many_more_than_there_are_accounts_for)
{
	struct addr a = addr("10.0.0.0");
	unsigned kept = 0;

	for (unsigned i = 0; i < 100000; i++) {
		a.b[13] = (uint8_t)(i >> 16), a.b[14] = (uint8_t)(i >> 8), a.b[15] = (uint8_t)i;
		budget_heard(&budget, &three, &a, 40, (nstime)i * NS_PER_MS);
		/* The newest always has one. */
		ck_assert(budget_take(&budget, &three, &a, 60, (nstime)i * NS_PER_MS));
	}
	for (unsigned i = 100000 - 2048; i < 100000; i++) {
		a.b[13] = (uint8_t)(i >> 16), a.b[14] = (uint8_t)(i >> 8), a.b[15] = (uint8_t)i;
		kept += budget_take(&budget, &three, &a, 60, 100 * NS_PER_S);
	}
	ck_assert_uint_le(kept, 1024);
	ck_assert_uint_ge(kept, 512);
	budget_free(&budget);
}
END_TEST

UNIT_MAIN("budget", who_said_nothing_has_nothing, so_many_octets_for_each_that_came,
	  so_many_octets_a_second, over_ipv6_a_network_has_one_account, some_have_no_bounds,
	  many_more_than_there_are_accounts_for)
