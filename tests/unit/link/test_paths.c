/* SPDX-License-Identifier: MIT */
/* The path to a client: only connections use slots of the table, and only its own client moves a
 * connection. */
#include "alone.h"
#include "one_client.h"

#include "engine/advance.h"
#include "link/paths.h"

#include <string.h>

static struct path numbered(unsigned i)
{
	return (struct path){.remote = {2, 0, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i},
			     .local = {2, 9}};
}

/* --- the responder ---------------------------------------------------------------------------- */

static void answered_by(const struct path *path)
{
	ck_assert_mem_eq(client.answered.remote, path->remote, sizeof(path->remote));
	ck_assert_uint_eq(client.answered.vlan, path->vlan);
}

static const struct path none = {.remote = {0xff}};

/* Sends a segment with the client's addresses by another path, without a change of the client's
 * state. */
static void forged(const struct path *by, uint8_t flags, uint32_t seq, uint32_t ack,
		   const char *text)
{
	struct path own = client.path;
	uint32_t own_seq = client.seq, own_ack = client.ack;

	client.path = *by;
	client.seq = seq;
	client.ack = ack;
	client.answered = none;
	sends(flags, text);
	client.path = own;
	client.seq = own_seq;
	client.ack = own_ack;
}

static void opens(bool v4, const char *keys)
{
	client_begin_over(v4, "echo", keys);
	client.path = numbered(1);
	sends(TCP_SYN, "");
	answered_by(&client.path);
	sends(TCP_ACK, "");
	ck_assert_uint_eq(responder.counter[COUNT_CONNECTIONS], 1);
}

/* Frames of strangers, each from another link address, and frames from the client's address with
 * wrong sequence numbers do not change the path of a connection. */
START_TEST(strangers_change_no_path)
{
	struct path right = numbered(1), other;
	struct addr stranger, own;

	for (int v4 = 0; v4 < 2; v4++) {
		opens(v4, "");
		own = client.address;
		addr_parse(v4 ? "203.0.113.9" : "2001:db8:9::9", &stranger);
		use_clients(v4 ? "192.0.2.0/24" : "2001:db8:1::/48");
		client.address = stranger;
		for (unsigned i = 2; i < PATHS_MAX + 10u; i++) {
			other = numbered(i);
			forged(&other, i & 1 ? TCP_SYN : TCP_ACK, i, i, "");
			answered_by(&none);
		}
		ck_assert_uint_eq(responder.counter[COUNT_CLIENT_REFUSED], PATHS_MAX + 8);
		client.address = own;
		ck_assert_uint_eq(responder.paths.count, 1);
		sends(TCP_ACK, "secret");
		answered_by(&right);
		ck_assert_uint_eq(client.got_len, 6);
		client_end();
	}
}
END_TEST

/* A host that does not see the segments can neither move the connection nor draw an answer to
 * itself, which would disclose sequence numbers. */
START_TEST(guessed_segments_change_no_path)
{
	static const struct {
		uint8_t flags;
		int32_t seq, ack; /* distance from the correct numbers */
		const char *text;
	} guesses[] = {
		{TCP_ACK, 100000, 0, "x"},     {TCP_ACK, -100000, 0, "x"},
		{TCP_ACK, 0, 1, "x"},          {TCP_ACK, 0, -1, "x"},
		{TCP_ACK, 0, 100000, ""},      {TCP_ACK, 0, -100000, ""},
		{TCP_SYN, 0, 0, ""},           {TCP_SYN, 100000, 0, ""},
		{TCP_RST, 5, 0, ""},           {TCP_RST | TCP_ACK, 5, 0, ""},
		{TCP_ACK, 1 << 30, 0, ""},     {0, 0, 0, "x"},
		{TCP_SYN | TCP_ACK, 0, 0, ""},
	};
	struct path right = numbered(1), other = numbered(2);

	for (size_t i = 0; i < 2 * COUNT_OF(guesses); i++) {
		const uint32_t seq = (uint32_t)guesses[i / 2].seq,
			       ack = (uint32_t)guesses[i / 2].ack;

		opens(i & 1, "");
		forged(&other, guesses[i / 2].flags, client.seq + seq, client.ack + ack,
		       guesses[i / 2].text);
		ck_assert(!path_equal(&client.answered, &other));
		ck_assert_uint_eq(responder.counter[COUNT_PATH_CHANGES], 0);
		sends(TCP_ACK, "this");
		answered_by(&right);
		client_end();
	}
}
END_TEST

/* The same with the ISNs, before the handshake is complete. */
START_TEST(guessed_handshakes_change_no_path)
{
	static const struct {
		uint8_t flags;
		int32_t seq, ack;
	} guesses[] = {
		{TCP_SYN, 100000, 0}, {TCP_SYN, -1, 0},     {TCP_ACK, 1, 0}, {TCP_ACK, 1, 2},
		{TCP_ACK, 100000, 1}, {TCP_ACK, -70000, 1}, {0, 1, 1},       {TCP_RST, 5, 0}};
	struct path right = numbered(1), other = numbered(2);

	for (size_t i = 0; i < 2 * COUNT_OF(guesses); i++) {
		uint32_t iss;

		client_begin_over(i & 1, "echo", "");
		client.path = right;
		client.seq = iss = 5000 + (uint32_t)i;
		sends(TCP_SYN, "");
		forged(&other, guesses[i / 2].flags, iss + (uint32_t)guesses[i / 2].seq,
		       client.ack - 1 + (uint32_t)guesses[i / 2].ack, "");
		ck_assert(!path_equal(&client.answered, &other));
		ck_assert_uint_eq(responder.counter[COUNT_PATH_CHANGES], 0);
		client.answered = none;
		client.ack--; /* the SYN-ACK is retransmitted */
		responder_advance(&responder, the_time + 2 * NS_PER_S);
		answered_by(&right);
		client_end();
	}
}
END_TEST

/* After the first segment through another router, all segments take this path. */
START_TEST(a_connection_follows_its_client)
{
	struct path by;

	for (int v4 = 0; v4 < 2; v4++) {
		opens(v4, "");
		for (unsigned i = 2; i < 6; i++) {
			by = numbered(i);
			by.vlan = (uint16_t)i;
			client.path = by;
			if (i == 4) /* the router lost our ACK: the client retransmits */
				client.seq -= 2;
			sends(TCP_ACK, i == 5 ? "" : "ab");
			if (i == 5) /* an ACK of the last octets, before new data */
				sends(TCP_ACK, "c");
			answered_by(&by);
			ck_assert_uint_eq(responder.counter[COUNT_PATH_CHANGES], i - 1);
			ck_assert_uint_eq(responder.paths.count, 1);
		}
		/* Retransmissions take it, too. */
		client.answered = none;
		responder_advance(&responder, the_time + 2 * NS_PER_S);
		answered_by(&by);
		client_end();
		ck_assert_uint_eq(responder.paths.count, 0);
	}
}
END_TEST

static void deliver_narrow(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
			   nstime when)
{
	ck_assert_uint_le(len, l->mtu);
	deliver(l, to, packet, len, when);
}

/* A client without an MSS option is sent small segments, so this link is narrower than any IPv6
 * link. */
static const struct link_ops narrow_wire = {
	.kind = "test", .send = deliver_narrow, .flush = flush_nothing};
static struct link narrow = {.ops = &narrow_wire, .mtu = 400, .name = "narrow"};

/* The client moves to a link with a smaller MTU while half-open or open, with data outstanding. The
 * data is retransmitted in segments that fit. */
START_TEST(a_connection_fits_its_new_link)
{
	enum { OCTETS = 1500 };
	char text[OCTETS + 1];

	memset(text, 'x', OCTETS);
	text[OCTETS] = '\0';
	for (int round = 0; round < 4; round++) {
		bool early = round & 2;

		client_begin_over(round & 1, "echo", "");
		responder_add_link(&responder, &narrow);
		client.path = numbered(1);
		sends(TCP_SYN, "");
		if (early)
			client.path.link = 1;
		sends(TCP_ACK, "");
		sends(TCP_ACK, text); /* the whole echo is outstanding */
		ck_assert_uint_eq(client.got_len, OCTETS);
		/* The router loses it, and the client's next segments take another path. */
		client.ack -= OCTETS;
		client.got_len = 0;
		client.path.link = 1;
		for (int i = 0; i < 20 && client.got_len < OCTETS; i++)
			sends(TCP_ACK, "");
		ck_assert_uint_eq(client.got_len, OCTETS);
		client_end();
	}
}
END_TEST

/* The SYN is retransmitted by another path, and the ACK by a third one. */
START_TEST(a_half_open_connection_follows_its_client)
{
	struct path by = numbered(2);

	for (int v4 = 0; v4 < 2; v4++) {
		client_begin_over(v4, "echo", "");
		client.path = numbered(1);
		sends(TCP_SYN, "");
		client.path = by;
		client.seq--;
		client.ack--;
		sends(TCP_SYN, "");
		answered_by(&by);
		client.path = numbered(3);
		sends(TCP_ACK, "x");
		answered_by(&client.path);
		ck_assert_uint_eq(responder.counter[COUNT_PATH_CHANGES], 2);
		ck_assert_uint_eq(responder.counter[COUNT_CONNECTIONS], 1);
		client_end();
	}
}
END_TEST

/* A delayed segment takes the path that is current when it is sent. */
START_TEST(delayed_segments_follow_the_client)
{
	struct path by = numbered(2);

	for (int v4 = 0; v4 < 2; v4++) {
		opens(v4, "behaviour = \"late\";");
		sends(TCP_ACK, "ping");
		ck_assert_uint_eq(client.got_len, 0);
		client.path = by;
		sends(TCP_ACK, "");
		client.answered = none;
		responder_advance(&responder, the_time + NS_PER_S);
		ck_assert_uint_eq(client.got_len, 4);
		answered_by(&by);
		client_end();
	}
}
END_TEST

/* The answer to a held SYN takes the path of its latest retransmission. Frames of strangers have no
 * effect. */
START_TEST(held_segments_take_the_latest_path)
{
	struct path by = numbered(2);

	for (int repeated = 0; repeated < 4; repeated++) {
		client_begin_over(repeated & 1, "echo", "behaviour = \"held\";");
		client.path = numbered(1);
		sends(TCP_SYN, "");
		client.seq--;
		client.path = repeated & 2 ? by : client.path;
		if (repeated & 2)
			sends(TCP_SYN, "");
		forged(&(struct path){.vlan = 9}, TCP_SYN, 77, 0, "");
		ck_assert_uint_eq(responder.paths.count, 0);
		responder_advance(&responder, the_time + NS_PER_S - NS_PER_MS);
		answered_by(&client.path);
		client_end();
	}
}
END_TEST

/* Opens half-open connections from the maximum number of paths for them. */
static void fill_unproved(void)
{
	responder.limits.half_open_max = 2 * PATHS_MAX;
	for (unsigned i = responder.paths.count; i < PATHS_UNPROVED; i++) {
		client.address.b[13] = (uint8_t)(1 + (i >> 15));
		client.address.b[14] = (uint8_t)(i >> 7);
		client.port = (uint16_t)(1024 + i % 128);
		client.path = numbered(1000 + i);
		the_time -= NS_PER_MS; /* all at the same time, so that no timer expires */
		sends(TCP_SYN, "");
	}
	ck_assert_uint_eq(responder.paths.count, PATHS_UNPROVED);
	ck_assert_uint_eq(responder.counter[COUNT_PATHS_FULL], 0);
}

/* Takes the remaining slots, as connections whose clients have acknowledged do. */
static void fill_all(void)
{
	for (unsigned i = 0; responder.paths.count < PATHS_MAX; i++) {
		struct path other = numbered((1 << 20) + i);

		ck_assert_uint_ne(paths_take(&responder.paths, &other, PATHS_MAX), PATH_NONE);
	}
}

static void completes_handshake(void)
{
	ck_assert_uint_eq(client.flags, TCP_SYN | TCP_ACK);
	sends(TCP_ACK, "come");
	answered_by(&client.path);
	ck_assert_uint_eq(client.got_len, 4);
}

/* Forged SYNs from many link addresses do not lock out clients that can acknowledge, and leave
 * slots for connections that move. */
START_TEST(half_open_connections_leave_slots_to_others)
{
	for (int round = 0; round < 4; round++) {
		bool cookie = round & 1;
		struct path right, moved = numbered(500);
		uint32_t seq, ack;
		struct addr own;

		opens(round & 2, cookie ? "backlog_full = \"cookie\";" : "");
		own = client.address;
		right = client.path;
		seq = client.seq;
		ack = client.ack;
		fill_unproved();
		client.path = numbered(501);
		client.port = 3000;
		sends(TCP_SYN, "");
		ck_assert_uint_eq(responder.counter[COUNT_PATHS_FULL], 1);
		ck_assert_uint_eq(responder.counter[COUNT_HALF_OPEN_FULL], 0);
		ck_assert_uint_eq(responder.paths.count, PATHS_UNPROVED);
		if (cookie)
			completes_handshake();
		else
			ck_assert_uint_eq(client.flags, 0);
		client.port = 3001;
		client.path = right; /* by a router that other connections use */
		sends(TCP_SYN, "");
		client.got_len = 0;
		completes_handshake();

		client.address = own;
		client.port = CLIENT_PORT;
		client.seq = seq;
		client.ack = ack;
		client.path = moved;
		client.got_len = 0;
		sends(TCP_ACK, "move");
		answered_by(&moved);
		ck_assert_uint_eq(client.got_len, 4);
		ck_assert_uint_eq(responder.counter[COUNT_PATHS_FULL], 1);
		client_end();
		ck_assert_uint_eq(responder.paths.count, 0);
	}
}
END_TEST

/* If all slots are in use, a connection that needs another one is refused. All others continue. */
START_TEST(without_a_slot_a_connection_is_refused)
{
	for (int v4 = 0; v4 < 2; v4++) {
		uint32_t seq, ack;
		struct addr own;
		struct path right;

		opens(v4, "backlog_full = \"cookie\";");
		own = client.address;
		right = client.path;
		seq = client.seq;
		ack = client.ack;
		fill_unproved();
		fill_all();
		client.path = numbered(500);
		client.port = 3000;
		sends(TCP_SYN, "");
		sends(TCP_ACK, "");
		ck_assert_uint_eq(client.flags, 0);
		ck_assert_uint_eq(responder.counter[COUNT_PATHS_FULL], 2);

		/* The open connection cannot move, but continues. */
		client.address = own;
		client.port = CLIENT_PORT;
		client.seq = seq;
		client.ack = ack;
		sends(TCP_ACK, "stay");
		answered_by(&right);
		ck_assert_uint_eq(client.got_len, 4);
		ck_assert_uint_eq(responder.counter[COUNT_PATHS_FULL], 3);

		/* The half-open connections end. The next connection has a slot. */
		responder_advance(&responder, the_time + 300 * NS_PER_S);
		ck_assert_uint_lt(responder.paths.count, PATHS_UNPROVED);
		client.port = 3001;
		sends(TCP_SYN, "");
		ck_assert_uint_eq(client.flags, TCP_SYN | TCP_ACK);
		answered_by(&client.path);
		client_end();
		ck_assert_uint_eq(responder.paths.count, 0);
	}
}
END_TEST

UNIT_MAIN("paths", strangers_change_no_path, guessed_segments_change_no_path,
	  guessed_handshakes_change_no_path, a_connection_follows_its_client,
	  a_connection_fits_its_new_link, a_half_open_connection_follows_its_client,
	  delayed_segments_follow_the_client, held_segments_take_the_latest_path,
	  half_open_connections_leave_slots_to_others, without_a_slot_a_connection_is_refused)
