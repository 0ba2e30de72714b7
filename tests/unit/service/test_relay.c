/* SPDX-License-Identifier: MIT */
/* The service `relay` between a client, whose segments pass through the whole responder, and a
 * server that consists of buffers. */
#include "config/upstreams.h"
#include "one_client.h"

#include "engine/advance.h"

#include <string.h>

#define ROOM 1000 /* of the server for data of the client */

/* The server. */
static struct relay_peer {
	char got[16384];
	size_t got_len;
	size_t room;
	char says[1 << 20]; /* data for the client; from said to says_len is unsent */
	size_t said, says_len;
	bool ended, failed;
	unsigned opened, closed;
	bool shut;        /* shutdown() was called, after the client's FIN */
	bool asked_early; /* a function was called while the server was not open */
	uint64_t flow;
} server;

static bool refuses;

static void is_open(const struct relay_peer *p)
{
	server.asked_early |= p->opened == p->closed;
}

static struct relay_peer *fake_open(void *context, struct relay_target *target,
				    const struct flow *f)
{
	ck_assert_ptr_eq(context, &refuses);
	ck_assert_str_eq(target->host, "192.0.2.80");
	ck_assert_uint_eq(target->port, 8443);
	if (refuses)
		return NULL;
	server.opened++;
	server.flow = f->id;
	return &server;
}

static size_t fake_room(struct relay_peer *p)
{
	is_open(p);
	return p->room;
}

static void fake_write(struct relay_peer *p, const void *data, size_t n)
{
	is_open(p);
	ck_assert(!p->shut);
	ck_assert_uint_le(p->got_len + n, sizeof(p->got));
	memcpy(p->got + p->got_len, data, n);
	p->got_len += n;
	p->room -= n < p->room ? n : p->room;
}

static size_t fake_readable(struct relay_peer *p, const uint8_t **data)
{
	is_open(p);
	*data = (const uint8_t *)p->says + p->said;
	return p->says_len - p->said;
}

static void fake_consume(struct relay_peer *p, size_t n)
{
	p->said += n;
}

static bool fake_eof(const struct relay_peer *p)
{
	return p->ended && p->said == p->says_len;
}

static bool fake_failed(const struct relay_peer *p)
{
	is_open(p);
	return p->failed;
}

static void fake_shutdown(struct relay_peer *p)
{
	is_open(p);
	ck_assert(!p->shut);
	p->shut = true;
}

static void fake_close(struct relay_peer *p)
{
	is_open(p);
	p->closed++;
}

static const struct relay_ops fake_ops = {
	.open = fake_open,
	.room = fake_room,
	.write = fake_write,
	.readable = fake_readable,
	.consume = fake_consume,
	.eof = fake_eof,
	.failed = fake_failed,
	.shutdown = fake_shutdown,
	.close = fake_close,
};

/* Reports a change of the server to the responder. */
static void server_wakes(void)
{
	const struct flow_key key = {.client = client.address,
				     .server = client.to,
				     .client_port = CLIENT_PORT,
				     .server_port = SERVER_PORT};

	client.flags = 0;
	responder_wake(&responder, &key, server.flow);
}

static void server_says(const char *text)
{
	memcpy(server.says + server.says_len, text, strlen(text));
	server.says_len += strlen(text);
	server_wakes();
}

static void begin(const char *keys)
{
	memset(&server, 0, sizeof(server));
	server.room = ROOM;
	refuses = false;
	client_begin("relay:192.0.2.80:8443", keys);
	responder.relay = (struct relay_provider){&fake_ops, &refuses};
}

static void handshake(void)
{
	sends(TCP_SYN, "");
	ck_assert_uint_eq(client.flags, TCP_SYN | TCP_ACK);
	ck_assert_uint_eq(server.opened, 0);
	sends(TCP_ACK, "");
}

static void end(void)
{
	client_end();
	ck_assert_uint_eq(server.opened, server.closed);
	ck_assert(!server.asked_early);
}

/* --- the tests -------------------------------------------------------------------------------- */

START_TEST(data_in_both_directions)
{
	begin("");
	handshake();
	ck_assert_uint_eq(server.opened, 1);
	ck_assert_uint_eq(client.flags, 0);
	sends(TCP_ACK | TCP_PSH, "question");
	ck_assert_uint_eq(server.got_len, 8);
	ck_assert_mem_eq(server.got, "question", 8);
	server_says("answer");
	ck_assert_uint_eq(client.got_len, 6);
	ck_assert_mem_eq(client.got, "answer", 6);
	ck_assert_uint_eq(responder.counter[COUNT_RELAYS_FAILED], 0);
	end();
}
END_TEST

START_TEST(the_client_closes_first)
{
	begin("");
	handshake();
	sends(TCP_ACK | TCP_FIN, "last");
	ck_assert(server.shut);
	ck_assert_uint_eq(server.got_len, 4);
	ck_assert(!(client.flags & TCP_FIN)); /* the server still sends */
	server_says("more");
	ck_assert_mem_eq(client.got, "more", 4);
	server.ended = true;
	server_wakes();
	ck_assert(client.flags & TCP_FIN);
	ck_assert_uint_eq(server.closed, 1);
	sends(TCP_ACK, "");
	ck_assert_uint_eq(responder.conns, 0);
	end();
}
END_TEST

START_TEST(the_server_closes_first)
{
	begin("");
	handshake();
	server.ended = true;
	server_says("bye");
	ck_assert(client.flags & TCP_FIN);
	ck_assert_mem_eq(client.got, "bye", 3);
	sends(TCP_ACK, "still here");
	ck_assert_mem_eq(server.got, "still here", 10);
	ck_assert(!server.shut);
	sends(TCP_ACK | TCP_FIN, "");
	ck_assert(server.shut);
	/* TIME-WAIT keeps neither the connection to the server nor the service. */
	ck_assert_uint_eq(responder.conns, 0);
	ck_assert_uint_eq(responder.time_waits, 1);
	ck_assert_uint_eq(server.closed, 1);
	end();
}
END_TEST

/* The server accepts nothing: the client's window closes while data is queued. */
START_TEST(a_slow_server)
{
	static char part[1001];
	size_t sent = 0;

	begin("window = 8000;");
	handshake();
	memset(part, 'x', 1000);
	for (; client.window > 1000; sent += 1000) {
		sends(TCP_ACK, part);
		ck_assert_uint_le(sent, ROOM + 8000);
	}
	ck_assert_uint_eq(server.got_len, ROOM);
	ck_assert_uint_ge(sent, 7000);
	server.room = 3000;
	server_wakes();
	ck_assert_uint_eq(server.got_len, ROOM + 3000);
	ck_assert_uint_ge(client.window, 3000);
	sends(TCP_ACK | TCP_FIN, "");
	ck_assert(!server.shut); /* the FIN is queued after the data */
	server.room = 8000;
	server_wakes();
	ck_assert_uint_eq(server.got_len, sent);
	ck_assert(server.shut);
	end();
}
END_TEST

/* The client acknowledges nothing: at most a full send queue is read from the server. */
START_TEST(a_slow_client)
{
	begin("");
	handshake();
	memset(server.says, 'y', sizeof(server.says));
	server.says_len = sizeof(server.says);
	server_wakes();
	ck_assert_uint_eq(server.said, SENDQ_MAX);
	server_wakes();
	ck_assert_uint_eq(server.said, SENDQ_MAX);
	server.ended = true;
	server_wakes();
	ck_assert(!(client.flags & TCP_FIN));
	for (int i = 0; i < 2000 && !(client.flags & TCP_FIN); i++)
		sends(TCP_ACK, "");
	ck_assert(client.flags & TCP_FIN);
	ck_assert_uint_eq(client.got_len, sizeof(server.says));
	end();
}
END_TEST

START_TEST(a_server_that_refuses)
{
	begin("");
	refuses = true;
	handshake();
	ck_assert(client.flags & TCP_RST);
	ck_assert_uint_eq(responder.conns, 0);
	ck_assert_uint_eq(responder.counter[COUNT_RELAYS_FAILED], 1);
	end();
	begin("");
	responder.relay.ops = NULL;
	handshake();
	ck_assert(client.flags & TCP_RST);
	end();
}
END_TEST

START_TEST(a_server_that_resets)
{
	begin("");
	handshake();
	sends(TCP_ACK, "question");
	server.failed = true;
	server_wakes();
	ck_assert(client.flags & TCP_RST);
	ck_assert_uint_eq(server.closed, 1);
	ck_assert(!server.shut);
	ck_assert_uint_eq(responder.conns, 0);
	ck_assert_uint_eq(responder.counter[COUNT_RELAYS_FAILED], 1);
	server_wakes(); /* for a connection that has ended */
	ck_assert_uint_eq(client.flags, 0);
	end();
}
END_TEST

/* Both sides of the TCP connection have closed before the server accepts the last octets. */
START_TEST(a_server_that_resets_in_time_wait)
{
	begin("");
	handshake();
	server.room = 0;
	server.ended = true;
	server_wakes();
	sends(TCP_ACK | TCP_FIN, "late");
	ck_assert_uint_eq(responder.conns, 1); /* the service waits for the server */
	ck_assert_uint_eq(responder.time_waits, 0);
	server.failed = true;
	server_wakes();
	ck_assert_uint_eq(client.flags, 0);
	ck_assert_uint_eq(responder.conns, 1); /* still in TIME-WAIT, with unread octets */
	ck_assert_uint_eq(server.closed, 1);
	end();
}
END_TEST

START_TEST(a_client_that_resets)
{
	begin("");
	handshake();
	sends(TCP_RST | TCP_ACK, "");
	ck_assert_uint_eq(responder.conns, 0);
	ck_assert_uint_eq(server.closed, 1);
	ck_assert(!server.shut);
	end();
}
END_TEST

/* The connection has ended before the server accepts the last octets. It still receives them. */
START_TEST(the_server_receives_the_last_octets)
{
	begin("");
	handshake();
	server.room = 0;
	sends(TCP_ACK | TCP_FIN, "all of this");
	ck_assert_uint_eq(server.got_len, 0);
	server.ended = true;
	server_wakes();
	ck_assert(client.flags & TCP_FIN);
	sends(TCP_ACK, "");
	ck_assert_uint_eq(responder.conns, 0);
	ck_assert_mem_eq(server.got, "all of this", 11);
	ck_assert(server.shut);
	ck_assert_uint_eq(server.closed, 1);
	end();
}
END_TEST

START_TEST(close_never)
{
	begin("close = \"never\";");
	handshake();
	server.ended = true;
	server_wakes();
	ck_assert_uint_eq(client.flags, 0);
	sends(TCP_ACK, "on");
	ck_assert_mem_eq(server.got, "on", 2);
	end();
}
END_TEST

/* The new config replaces the old one, whose connections continue. */
START_TEST(a_reload_during_a_connection)
{
	begin("");
	handshake();
	use_config("relay:192.0.2.80:8443", "ttl = 3;");
	sends(TCP_ACK, "on");
	server_says("and on");
	ck_assert_mem_eq(client.got, "and on", 6);
	ck_assert_mem_eq(server.got, "on", 2);
	responder_clear(&responder);
	ck_assert_uint_eq(server.closed, 1);
	end();
}
END_TEST

/* --- notation of servers ---------------------------------------------------------------------- */

START_TEST(notation_of_servers)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} right[] = {{"relay:192.0.2.1:443", "192.0.2.1", 443},
		     {"relay:[2001:db8::1]:1", "2001:db8::1", 1},
		     {"relay:example.org:65535", "example.org", 65535}};
	static const char *const wrong[][2] = {
		{"relay", "expected a server, as in relay:192.0.2.1:443, relay:[2001:db8::1]:443 "
			  "or relay:example.org:443, got 'relay'"},
		{"relay:example.org",
		 "expected a server, as in relay:192.0.2.1:443, relay:[2001:db8::1]:443 "
		 "or relay:example.org:443, got 'relay:example.org'"},
		{"relay:::1:443",
		 "expected a server, as in relay:192.0.2.1:443, relay:[2001:db8::1]:443 "
		 "or relay:example.org:443, got 'relay:::1:443'"},
		{"relay::443",
		 "expected a server, as in relay:192.0.2.1:443, relay:[2001:db8::1]:443 "
		 "or relay:example.org:443, got 'relay::443'"},
		{"relay:http://example.org:80",
		 "expected a server, as in relay:192.0.2.1:443, relay:[2001:db8::1]:443 "
		 "or relay:example.org:443, got 'relay:http://example.org:80'"},
		{"relay:a:0", "expected a port from 1 to 65535 after the last colon, got '0'"},
		{"relay:a:65536",
		 "expected a port from 1 to 65535 after the last colon, got '65536'"},
		{"relay:a:https",
		 "expected a port from 1 to 65535 after the last colon, got 'https'"},
		{"relay:a:", "expected a port from 1 to 65535 after the last colon, got ''"},
	};
	struct service s, copy;
	char *error = NULL;

	for (size_t i = 0; i < COUNT_OF(right); i++) {
		ck_assert_msg(service_parse(right[i].text, &s, &error), "%s", error);
		service_copy(&s, &copy);
		service_free(&s);
		ck_assert_str_eq(copy.target->host, right[i].host);
		ck_assert_uint_eq(copy.target->port, right[i].port);
		ck_assert_str_eq(copy.argument, right[i].text + 6);
		service_free(&copy);
	}
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		ck_assert(!service_parse(wrong[i][0], &s, &error));
		ck_assert_str_eq(error, wrong[i][1]);
		free(error);
	}
}
END_TEST

#define PLACE "address = \"127.0.0.1\"; ports = "

static void resolves(const char *endpoints, const char *errors)
{
	struct diag diag = {0};
	struct config *c;

	files_enter();
	files_write("m.conf", endpoints);
	c = config_load("m.conf", NULL, &diag);
	ck_assert_msg(c != NULL, "%s", text_str(&diag.lines));
	ck_assert_int_eq(config_resolve(c, &diag), !*errors);
	ck_assert_str_eq(text_str(&diag.lines), errors);
	if (!*errors)
		ck_assert_uint_eq(c->endpoint[0].rules->service.target->addresses, 1);
	config_free(c);
	diag_free(&diag);
	files_leave();
}

START_TEST(servers_need_addresses_and_are_not_relays)
{
	resolves("behaviours = { accept = { summary = \"Opens\"; }; };\n"
		 "endpoints = ( { name = \"a\"; " PLACE "1; service = \"relay:[::1]:1\"; },\n"
		 "{ name = \"b\"; " PLACE "2; service = \"relay:127.0.0.1:3\"; },\n"
		 "{ name = \"c\"; " PLACE "3; service = \"echo\"; } );\n",
		 "");
	resolves("behaviours = { accept = { summary = \"Opens\"; }; };\n"
		 "endpoints = ( { name = \"a\"; " PLACE "1;\n"
		 "service = \"relay:127.0.0.1:2\"; },\n"
		 "{ name = \"b\"; " PLACE "2; service = \"relay:[::1]:1\"; } );\n",
		 "m.conf:3: service: unexpected server: 127.0.0.1 port 2 is the endpoint 'b', "
		 "which is a relay, too: name another server\n");
	resolves("behaviours = { accept = { summary = \"Opens\"; }; };\n"
		 "endpoints = ( { name = \"a\"; " PLACE "1;\n"
		 "service = \"relay:a..b:2\"; } );\n",
		 "m.conf:3: service: cannot resolve 'a..b': Name or service not known\n");
}
END_TEST

UNIT_MAIN("relay", data_in_both_directions, the_client_closes_first, the_server_closes_first,
	  a_slow_server, a_slow_client, a_server_that_refuses, a_server_that_resets,
	  a_server_that_resets_in_time_wait, a_client_that_resets,
	  the_server_receives_the_last_octets, close_never, a_reload_during_a_connection,
	  notation_of_servers, servers_need_addresses_and_are_not_relays)
