/* SPDX-License-Identifier: MIT */
#include "one_client.h"

#include "engine/advance.h"
#include "engine/connection_ops.h"
#include "engine/due.h"
#include "trace/label.h"

static struct due found[8];
static unsigned count;

static bool take(const struct due *due, void *arg)
{
	unsigned *most = arg;

	found[count++] = *due;
	return count < *most;
}

static void look(unsigned most)
{
	count = 0;
	responder_due(&responder, take, &most);
}

/* Checks that exactly this action is pending. */
static void expect_due(const char *rule, const char *what, nstime when, uint64_t id)
{
	look(8);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(label_name(found[0].label), rule);
	ck_assert_str_eq(found[0].what, what);
	ck_assert_int_eq(found[0].when, when);
	ck_assert_uint_eq(found[0].id, id);
	ck_assert(addr_equal(&found[0].key.client, &client.address));
	ck_assert_uint_eq(found[0].key.server_port, SERVER_PORT);
}

static void expect_nothing(void)
{
	look(8);
	ck_assert_uint_eq(count, 0);
}

static void opens(void)
{
	sends(TCP_SYN, "");
	sends(TCP_ACK, "");
}

START_TEST(a_held_segment)
{
	client_begin("discard", "behaviour = \"held\";");
	sends(TCP_SYN, "");
	expect_due("held", "deliver a held segment", the_time + NS_PER_S, 0);
	responder_advance(&responder, the_time + NS_PER_S);
	expect_nothing();
	client_end();
}
END_TEST

START_TEST(a_delayed_segment)
{
	client_begin("echo", "behaviour = \"late\";");
	opens();
	expect_nothing();
	sends(TCP_ACK | TCP_PSH, "hello");
	expect_due("late", "send a delayed segment", the_time + NS_PER_S, 1);
	client_end();
}
END_TEST

START_TEST(an_action_of_the_machine)
{
	client_begin("discard", "behaviour = \"busy\";");
	opens();
	expect_due("busy", "close", the_time + NS_PER_S, 1);
	/* The connection has ended, but its timer is still running. */
	ck_assert(operates(1, MACHINE_FORGET));
	ck_assert_uint_eq(responder.deferred, 1);
	expect_nothing();
	client_end();
}
END_TEST

START_TEST(a_periodic_rule)
{
	client_begin("discard", "behaviour = \"patient\";");
	opens();
	expect_due("patient", "emit", the_time + 2 * NS_PER_S, 1);
	ck_assert(found[0].repeats);
	responder_advance(&responder, the_time + 3 * NS_PER_S);
	expect_due("patient", "emit", the_time + 4 * NS_PER_S, 1);
	ck_assert(operates(1, MACHINE_CLOSE));
	expect_nothing();
	client_end();
}
END_TEST

static void take_info(const struct connection_info *info, void *arg)
{
	*(struct connection_info *)arg = *info;
}

/* Returns the state of the only connection. */
static struct connection_info only_connection(void)
{
	struct connection_info info = {0};

	each_connection(take_info, &info);
	return info;
}

START_TEST(silence)
{
	struct connection_info info;

	client_begin("discard", "behaviour = \"deaf\";");
	sends(TCP_SYN, "");
	info = only_connection();
	ck_assert_int_eq(info.silent_until, 0);
	sends(TCP_ACK, "");
	info = only_connection();
	ck_assert_int_eq(info.silent_until, the_time + 2 * NS_PER_S);
	ck_assert_str_eq(label_name(info.silent_by), "deaf");
	responder_advance(&responder, the_time + 2 * NS_PER_S);
	info = only_connection();
	ck_assert_int_eq(info.silent_until, 0);
	client_end();
}
END_TEST

START_TEST(a_walk_may_stop)
{
	client_begin("discard", "behaviour = \"busy+patient\";");
	opens();
	look(8);
	ck_assert_uint_eq(count, 2);
	look(1);
	ck_assert_uint_eq(count, 1);
	client_end();
}
END_TEST

UNIT_MAIN("due", a_held_segment, a_delayed_segment, an_action_of_the_machine, a_periodic_rule,
	  silence, a_walk_may_stop)
