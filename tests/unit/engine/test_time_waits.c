/* SPDX-License-Identifier: MIT */
/* Connections in TIME-WAIT: their records, the bounds, and the work beside them. */
#include "one_client.h"
#include "work.h"

#include "engine/advance.h"
#include "engine/connection_ops.h"
#include "engine/session.h"

#define FAREWELL "close = \"reply\"; time_wait = \"60s\";"

/* Begins a connection from this port, which the responder closes. */
static void is_closed(uint16_t port)
{
	client.port = port;
	client.seq = 1000u * port;
	sends(TCP_SYN, "");
	sends(TCP_ACK, "");
	ck_assert(client.flags & TCP_FIN);
}

static void enters_time_wait(uint16_t port)
{
	is_closed(port);
	sends(TCP_ACK | TCP_FIN, "");
	ck_assert_uint_eq(client.flags, TCP_ACK);
}

static struct flow *flow_from(uint16_t port)
{
	return flow_find(&responder, &(struct flow_key){.client = client.address,
							.server = client.to,
							.client_port = port,
							.server_port = SERVER_PORT});
}

static bool waits(uint16_t port)
{
	const struct flow *f = flow_from(port);

	return f && f->kind == FLOW_TIME_WAIT && f->state == STATE_TIME_WAIT;
}

static uint64_t counted(enum responder_counter which)
{
	return responder.counter[which];
}

/* Otherwise 2,184 conversations a second would fill the default of connections_max. */
START_TEST(time_wait_takes_no_place_of_a_connection)
{
	client_begin("banner:bye", FAREWELL);
	responder.limits.connections_max = 1;
	responder.limits.time_wait_max = 1000;
	for (uint16_t port = 1; port <= 1000; port++) {
		enters_time_wait(port);
		ck_assert_uint_eq(responder.conns, 0);
		ck_assert_uint_eq(responder.time_waits, port);
	}
	ck_assert_uint_eq(counted(COUNT_CONNECTIONS), 1000);
	ck_assert_uint_eq(counted(COUNT_CONNECTIONS_FULL), 0);
	ck_assert_uint_eq(counted(COUNT_TIME_WAIT_FULL), 0);
	responder_advance(&responder, the_time + 61 * NS_PER_S);
	ck_assert_uint_eq(responder.time_waits, 0);
	ck_assert_uint_eq(flow_table_count(&responder.table), 0);
	client_end();
}
END_TEST

START_TEST(at_the_bound_the_oldest_gives_way)
{
	client_begin("banner:bye", FAREWELL);
	responder.limits.time_wait_max = 10;
	for (uint16_t port = 1; port <= 10; port++)
		enters_time_wait(port);
	/* A retransmitted FIN restarts the 2 MSL timeout, so 2 is now the oldest. */
	client.port = 1;
	client.seq = 1001;
	sends(TCP_ACK | TCP_FIN, "");
	ck_assert_uint_eq(client.flags, TCP_ACK);
	ck_assert_uint_eq(counted(COUNT_TIME_WAIT_FULL), 0);
	for (uint16_t port = 11; port <= 15; port++)
		enters_time_wait(port);
	ck_assert_uint_eq(counted(COUNT_TIME_WAIT_FULL), 5);
	ck_assert_uint_eq(responder.time_waits, 10);
	for (uint16_t port = 1; port <= 15; port++)
		ck_assert_int_eq(waits(port), port == 1 || port > 6);
	client.port = 2;
	client.seq = 2001;
	sends(TCP_ACK | TCP_FIN, "");
	ck_assert(client.flags & TCP_RST);
	client_end();
}
END_TEST

/* With several durations, the record whose TIME-WAIT ends first gives way. */
START_TEST(the_earliest_end_gives_way)
{
	client_begin("banner:bye", FAREWELL);
	responder.limits.time_wait_max = 2;
	enters_time_wait(1);
	use_config("banner:bye", "close = \"reply\"; time_wait = \"1s\";");
	enters_time_wait(2);
	enters_time_wait(3);
	ck_assert(waits(1));
	ck_assert(!waits(2));
	ck_assert(waits(3));
	client_end();
}
END_TEST

/* A lower bound takes effect little by little. */
START_TEST(the_bound_is_lowered)
{
	client_begin("banner:bye", FAREWELL);
	for (uint16_t port = 1; port <= 20; port++)
		enters_time_wait(port);
	responder.limits.time_wait_max = 5;
	ck_assert_uint_eq(responder.time_waits, 20);
	for (uint16_t port = 21; port <= 40; port++)
		enters_time_wait(port);
	ck_assert_uint_eq(responder.time_waits, 5);
	client_end();
}
END_TEST

struct listed {
	struct connection_info info;
	unsigned count;
};

static void list(const struct connection_info *info, void *arg)
{
	struct listed *l = arg;

	l->info = *info;
	l->count++;
}

/* The control socket shows the fields of the connection. */
START_TEST(the_fields_are_true)
{
	struct listed before = {0}, after = {0};

	client_begin("banner:bye", FAREWELL);
	is_closed(7);
	sends(TCP_ACK, "some octets");
	each_connection(list, &before);
	sends(TCP_ACK | TCP_FIN, "");
	ck_assert(waits(7));
	each_connection(list, &after);
	ck_assert_uint_eq(after.count, 1);
	ck_assert_uint_eq(after.info.id, before.info.id);
	ck_assert_uint_eq(after.info.state, STATE_TIME_WAIT);
	ck_assert_int_eq(after.info.since, before.info.since);
	ck_assert_uint_eq(after.info.octets_in, 11);
	ck_assert_uint_eq(after.info.octets_out, 3);
	ck_assert_str_eq(after.info.behaviour, "accept");
	ck_assert_str_eq(after.info.endpoint, "r");
	ck_assert_uint_eq(responder_counts(&responder).time_wait, 1);
	ck_assert_uint_eq(responder_counts(&responder).connections, 0);
	client_end();
}
END_TEST

static bool operates_on(uint16_t port, enum machine_op op)
{
	const struct flow *f = flow_from(port);
	const struct flow_key key = flow_key_of(f);

	return responder_machine(&responder, &key, f->id, op);
}

/* Aborts all connections of the endpoint. Returns their number. */
static size_t aborts_all(void)
{
	const bool has[] = {false, true};
	size_t at = 0, aborted = 0;

	while (responder_abort_endpoints(&responder, &(struct endpoint_set){2, has}, &at, &aborted))
		continue;
	return aborted;
}

/* Operations of an operator find the record. */
START_TEST(an_operator_ends_it)
{
	client_begin("banner:bye", FAREWELL);
	for (uint16_t port = 1; port <= 4; port++)
		enters_time_wait(port);
	ck_assert(operates_on(1, MACHINE_FORGET));
	ck_assert(operates_on(2, MACHINE_ABORT));
	ck_assert(operates_on(3, MACHINE_CLOSE));
	ck_assert(!waits(1) && !waits(2) && waits(3) && waits(4));
	ck_assert_uint_eq(aborts_all(), 2);
	ck_assert_uint_eq(flow_table_count(&responder.table), 0);
	ck_assert_uint_eq(responder.time_waits, 0);
	client_end();
}
END_TEST

/* A record cannot represent a changed window, so this connection becomes a session again. It does
 * so only if connections_max permits. */
START_TEST(a_session_returns_within_its_bound)
{
	client_begin("banner:bye", FAREWELL);
	responder.limits.connections_max = 1;
	enters_time_wait(1);
	enters_time_wait(2);
	ck_assert(operates_on(1, MACHINE_WINDOW));
	ck_assert_uint_eq(flow_from(1)->kind, FLOW_CONN);
	ck_assert_uint_eq(flow_from(1)->state, STATE_TIME_WAIT);
	ck_assert_uint_eq(responder.conns, 1);
	ck_assert_uint_eq(responder.time_waits, 1);
	ck_assert_uint_eq(counted(COUNT_CONNECTIONS_FULL), 0);
	ck_assert(operates_on(2, MACHINE_WINDOW));
	ck_assert_ptr_null(flow_from(2));
	ck_assert_uint_eq(responder.conns, 1);
	ck_assert_uint_eq(responder.time_waits, 0);
	ck_assert_uint_eq(counted(COUNT_CONNECTIONS_FULL), 1);
	responder_advance(&responder, the_time + 61 * NS_PER_S);
	ck_assert_uint_eq(responder.conns, 0);
	client_end();
}
END_TEST

/* A challenge ACK counts for a second (RFC 5961 7); until then the session remains. */
START_TEST(a_challenged_session_shrinks_later)
{
	client_begin("banner:bye", FAREWELL);
	enters_time_wait(1);
	client.seq += 5;
	sends(TCP_RST, "");
	ck_assert_uint_eq(client.flags, TCP_ACK);
	ck_assert_uint_eq(flow_from(1)->kind, FLOW_CONN);
	ck_assert_uint_eq(responder.conns, 1);
	responder_advance(&responder, the_time + NS_PER_S - 1);
	ck_assert_uint_eq(flow_from(1)->kind, FLOW_CONN);
	responder_advance(&responder, the_time + NS_PER_S);
	ck_assert(waits(1));
	ck_assert_uint_eq(responder.conns, 0);
	/* The limit of ten a second is exact all the same. */
	the_time += NS_PER_S;
	for (unsigned i = 0; i < 12; i++) {
		sends(TCP_RST, "");
		ck_assert_uint_eq(client.flags, i < 10 ? TCP_ACK : 0);
	}
	client_end();
}
END_TEST

/* Octets that the service has not read remain with the session. */
START_TEST(unread_octets_keep_the_session)
{
	client_begin("discard", "behaviour = \"busy\"; time_wait = \"60s\";");
	sends(TCP_SYN, "");
	sends(TCP_ACK, "");
	sends(TCP_ACK, "abc");
	responder_advance(&responder, the_time += NS_PER_S);
	sends(TCP_ACK | TCP_FIN, "");
	ck_assert_uint_eq(flow_from(CLIENT_PORT)->state, STATE_TIME_WAIT);
	ck_assert_uint_eq(flow_from(CLIENT_PORT)->kind, FLOW_CONN);
	ck_assert_uint_eq(responder.conns, 1);
	client_end();
}
END_TEST

static uint64_t work_of_conversations(uint16_t from, unsigned count)
{
	work_done = 0;
	for (unsigned i = 0; i < count; i++)
		enters_time_wait((uint16_t)(from + i));
	return work_done;
}

/* Beside many records, and at the bound, a conversation costs as much as alone. */
START_TEST(the_work_is_flat)
{
	uint64_t alone, beside, full;

	client_begin("banner:bye", FAREWELL);
	responder.limits.time_wait_max = 20000;
	work_of_conversations(1, 100);
	alone = work_of_conversations(101, 1000);
	work_of_conversations(2000, 8000);
	beside = work_of_conversations(10001, 1000);
	responder.limits.time_wait_max = responder.time_waits;
	work_of_conversations(20000, 100);
	full = work_of_conversations(30000, 1000);
	ck_assert_uint_eq(counted(COUNT_TIME_WAIT_FULL), 1100);
	ck_assert_msg(beside < alone * 11 / 10 && full < alone * 5 / 4,
		      "%llu basic blocks alone, %llu beside 9,000, %llu at the bound",
		      (unsigned long long)alone, (unsigned long long)beside,
		      (unsigned long long)full);
	client_end();
}
END_TEST

UNIT_MAIN("time_waits", time_wait_takes_no_place_of_a_connection, at_the_bound_the_oldest_gives_way,
	  the_earliest_end_gives_way, the_bound_is_lowered, the_fields_are_true,
	  an_operator_ends_it, a_session_returns_within_its_bound,
	  a_challenged_session_shrinks_later, unread_octets_keep_the_session, the_work_is_flat)
