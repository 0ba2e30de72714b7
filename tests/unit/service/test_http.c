/* SPDX-License-Identifier: MIT */
/* The service `http`, with a client whose segments pass through the whole responder. */
#include "one_client.h"
#include "work.h"

#include <stdio.h>
#include <string.h>

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static void begin(const char *service, const char *keys)
{
	client_begin(service, keys);
	sends(TCP_SYN, "");
	sends(TCP_ACK, "");
}

/* Returns the number of answers that the client has received. */
static unsigned answers(void)
{
	unsigned count = 0;

	client.got[client.got_len] = '\0';
	for (const char *s = client.got; (s = strstr(s, "HTTP/1.1 ")); s++)
		count++;
	return count;
}

static bool closed(void)
{
	return client.flags & TCP_FIN;
}

START_TEST(each_request_has_one_answer)
{
	begin("http", "");
	sends(TCP_ACK, GET GET GET);
	ck_assert_uint_eq(answers(), 3);
	for (const char *c = GET; *c; c++)
		sends(TCP_ACK, (const char[]){*c, '\0'});
	ck_assert_uint_eq(answers(), 4);
	sends(TCP_ACK, "POST / HTTP/1.1\r\nContent-Length:  3 \r\n\r\nabc" GET);
	ck_assert_uint_eq(answers(), 6);
	ck_assert(!closed());
	sends(TCP_ACK, "GET / HTTP/1.0\r\n\r\n" GET);
	ck_assert_uint_eq(answers(), 7);
	ck_assert(closed());
	client_end();
}
END_TEST

/* RFC 9112 C.2.2: otherwise the client would wait for the end of the connection. */
START_TEST(http_1_0_clients_get_connection_keep_alive)
{
	begin("http", "");
	sends(TCP_ACK, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	ck_assert_uint_eq(answers(), 1);
	ck_assert_ptr_nonnull(strstr(client.got, "\r\nConnection: keep-alive\r\n"));
	ck_assert(!closed());
	client.got_len = 0;
	sends(TCP_ACK, "GET / HTTP/1.0\r\n\r\n");
	ck_assert_uint_eq(answers(), 1);
	ck_assert_ptr_nonnull(strstr(client.got, "\r\nConnection: close\r\n"));
	ck_assert(closed());
	client_end();
	begin("http", "");
	sends(TCP_ACK, GET);
	ck_assert_uint_eq(answers(), 1);
	ck_assert_ptr_null(strstr(client.got, "\r\nConnection:"));
	client_end();
}
END_TEST

/* RFC 9112 2.2: some old clients send one after a body. */
START_TEST(an_empty_line_before_a_request_is_ignored)
{
	static const char *const services[] = {"http", "report"};

	for (int i = 0; i < 2; i++) {
		begin(services[i], "");
		sends(TCP_ACK, "\r\n" GET);
		ck_assert_uint_eq(answers(), 1);
		ck_assert_ptr_null(strstr(client.got, "405"));
		ck_assert(!closed());
		client_end();
	}
}
END_TEST

/* Octets after it are not parsed as the next request. */
START_TEST(a_body_of_unknown_length_ends_the_connection)
{
	static const char *const fields[] = {
		"Transfer-Encoding: chunked",
		"Transfer-Encoding: chunked\r\nConnection: keep-alive",
		"Content-Length: -1",
		"Content-Length: 5, 6",
		"Content-Length: five",
		"Content-Length:",
	};
	char request[256];

	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		begin("http", "");
		snprintf(request, sizeof(request),
			 "POST / HTTP/1.1\r\n%s\r\n\r\n5\r\nhello\r\n0\r\n\r\n" GET, fields[i]);
		sends(TCP_ACK, request);
		ck_assert_msg(answers() == 1 && closed(), "%s: %u answers", fields[i], answers());
		client_end();
	}
}
END_TEST

START_TEST(close_after_the_first_answer)
{
	static const char *const services[] = {"http", "report"};

	for (int i = 0; i < 2; i++) {
		begin(services[i], "close = \"reply\";");
		sends(TCP_ACK, GET GET);
		ck_assert_uint_eq(answers(), 1);
		ck_assert(closed() && !(client.flags & TCP_RST));
		client_end();
		begin(services[i], "close = \"leave\";");
		sends(TCP_ACK, GET);
		ck_assert(closed() && !(client.flags & TCP_RST));
		client_end();
		begin(services[i], "close = \"leave\";");
		sends(TCP_ACK, GET GET);
		ck_assert(client.flags & TCP_RST); /* for the request that it did not read */
		client_end();
	}
}
END_TEST

#define POST(fields) "POST / HTTP/1.1\r\n" fields "\r\n\r\n"

static unsigned count_of(const char *text)
{
	unsigned count = 0;

	client.got[client.got_len] = '\0';
	for (const char *s = client.got; (s = strstr(s, text)); s++)
		count++;
	return count;
}

/* RFC 9110 10.1.1: the client waits for this response. */
START_TEST(expect_100_continue)
{
	begin("http", "");
	sends(TCP_ACK, POST("Expect: 100-continue\r\nContent-Length: 5"));
	ck_assert_str_eq((client.got[client.got_len] = '\0', client.got),
			 "HTTP/1.1 100 Continue\r\n\r\n");
	sends(TCP_ACK, "hello");
	ck_assert_uint_eq(count_of("HTTP/1.1 200 OK"), 1);
	sends(TCP_ACK, GET);
	ck_assert_uint_eq(answers(), 3);
	ck_assert(!closed());
	client_end();
	begin("report", "");
	sends(TCP_ACK, POST("Expect: 100-continue\r\nContent-Length: 5"));
	ck_assert_uint_eq(count_of("100 Continue"), 1);
	sends(TCP_ACK, "hello");
	ck_assert_uint_eq(count_of("HTTP/1.1 405"), 1);
	client_end();
	/* No 100 Continue if the body has arrived or is empty, or for an HTTP/1.0 client. */
	begin("http", "");
	sends(TCP_ACK, POST("Expect: 100-continue\r\nContent-Length: 5") "hello");
	sends(TCP_ACK, POST("Expect: 100-continue\r\nContent-Length: 0"));
	sends(TCP_ACK, "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
	ck_assert_uint_eq(count_of("100 Continue"), 0);
	ck_assert_uint_eq(answers(), 2);
	client_end();
}
END_TEST

START_TEST(early_answers_before_the_body)
{
	begin("http:early", "");
	sends(TCP_ACK, POST("Content-Length: 10"));
	ck_assert_uint_eq(count_of("HTTP/1.1 413 Content Too Large\r\n"), 1);
	/* The body is read nevertheless, in any number of pieces, and the connection stays open. */
	for (int i = 0; i < 10; i++)
		sends(TCP_ACK, "x");
	sends(TCP_ACK, GET POST("Content-Length: 3") "abc" GET);
	ck_assert_uint_eq(count_of("HTTP/1.1 200 OK\r\n"), 2);
	ck_assert_uint_eq(answers(), 4);
	ck_assert(!closed());
	client_end();
}
END_TEST

/* The length of the body is unknown, or the client may never send the body. */
START_TEST(early_closes_if_the_end_is_unknown)
{
	static const char *const requests[] = {
		POST("Transfer-Encoding: chunked"),
		POST("Expect: 100-continue\r\nContent-Length: 10"),
	};

	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		begin("http:early=401", "");
		sends(TCP_ACK, requests[i]);
		ck_assert_uint_eq(count_of("HTTP/1.1 401 Unauthorized\r\n"), 1);
		ck_assert_uint_eq(count_of("\r\nConnection: close\r\n"), 1);
		ck_assert_uint_eq(count_of("100 Continue"), 0);
		ck_assert(closed() && !(client.flags & TCP_RST));
		sends(TCP_ACK, GET);
		ck_assert_uint_eq(answers(), 1);
		ck_assert(!(client.flags & TCP_RST));
		client_end();
	}
}
END_TEST

/* RFC 9112 6.3: octets after such a head would belong to the next response. */
START_TEST(early_status_without_content)
{
	static const char *const service[] = {"http:early=204", "http:early=304", "http:early=205"};

	for (unsigned i = 0; i < 3; i++) {
		bool has_length = i == 2;

		begin(service[i], "");
		sends(TCP_ACK, "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n");
		ck_assert_uint_eq(answers(), 1);
		ck_assert(!strstr(client.got, "Content-Length") == !has_length);
		ck_assert(!strstr(client.got, "\r\nContent-Length: 0\r\n") == !has_length);
		ck_assert_str_eq(strstr(client.got, "\r\n\r\n"), "\r\n\r\n");
		sends(TCP_ACK, "abc" GET);
		ck_assert_uint_eq(answers(), 2);
		client_end();
	}
}
END_TEST

/* The answer is sent before the reset, even if the body arrives with the head. */
START_TEST(early_may_leave_and_reset)
{
	for (int together = 0; together < 2; together++) {
		begin("http:early=418", "close = \"leave\";");
		sends(TCP_ACK,
		      together ? POST("Content-Length: 10") "12345" : POST("Content-Length: 10"));
		ck_assert_uint_eq(count_of("HTTP/1.1 418 Early Answer\r\n"), 1);
		ck_assert_uint_eq(count_of("</html>"), 1);
		ck_assert(together ? client.flags & TCP_RST : closed());
		if (!together) {
			ck_assert(!(client.flags & TCP_RST));
			sends(TCP_ACK, "12345");
			ck_assert(client.flags & TCP_RST);
		}
		client_end();
	}
	begin("http:early", "close = \"leave\";");
	sends(TCP_ACK, GET);
	ck_assert_uint_eq(count_of("HTTP/1.1 200 OK\r\n"), 1);
	ck_assert(closed() && !(client.flags & TCP_RST));
	client_end();
}
END_TEST

START_TEST(unknown_modes_are_errors)
{
	static const char *const wrong[] = {"http:",           "http:late",       "http:early=",
					    "http:early=20",   "http:early=100",  "http:early=600",
					    "http:early=2000", "http:early=0xc8", "http:early 413"};

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct service s;
		char *error = NULL;

		ck_assert_msg(!service_parse(wrong[i], &s, &error), "%s", wrong[i]);
		ck_assert_ptr_nonnull(strstr(error, "expected http, http:early or"));
		ck_assert_ptr_nonnull(strstr(error, wrong[i]));
		free(error);
	}
}
END_TEST

/* A segment completes 3,000 requests: no turn answers all of them, and none is forgotten. */
START_TEST(many_requests_are_answered_in_several_turns)
{
	static const char request[] = "HEAD / HTTP/1.1\r\n\r\n";
	char part[100 * (sizeof(request) - 1) + 1];
	uint32_t first;
	unsigned turns = 0;

	for (char *at = part; at < part + sizeof(part) - 1; at += strlen(request))
		strcpy(at, request);
	begin("http", "");
	first = client.seq;
	client.seq++;
	sends(TCP_ACK, part + 1);
	for (unsigned i = 1; i < 30; i++)
		sends(TCP_ACK, part);
	ck_assert_uint_eq(answers(), 0);
	client.seq = first;
	work_done = 0;
	sends(TCP_ACK, "H");
	ck_assert_uint_gt(work_done, 0);
	ck_assert_uint_lt(work_done, 100000);
	for (client.seq = first + 3000 * (uint32_t)strlen(request); answers() < 3000; turns++) {
		ck_assert_uint_lt(turns, 1000);
		sends(TCP_ACK, "");
	}
	ck_assert_uint_gt(turns, 10);
	client_end();
}
END_TEST

UNIT_MAIN("http", expect_100_continue, early_answers_before_the_body,
	  early_closes_if_the_end_is_unknown, early_status_without_content,
	  early_may_leave_and_reset, unknown_modes_are_errors, each_request_has_one_answer,
	  http_1_0_clients_get_connection_keep_alive, an_empty_line_before_a_request_is_ignored,
	  a_body_of_unknown_length_ends_the_connection, close_after_the_first_answer,
	  many_requests_are_answered_in_several_turns)
