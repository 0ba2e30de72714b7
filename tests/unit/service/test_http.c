/* SPDX-License-Identifier: MIT */
/* The service `http`, and a client whose segments go through the whole responder. */
#include "one_client.h"

#include <stdio.h>
#include <string.h>

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static void begin(const char *service, const char *keys)
{
	client_begin(service, keys);
	sends(TCP_SYN, "");
	sends(TCP_ACK, "");
}

/* How many answers the client has got, whatever they say. */
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

/* RFC 9112 C.2.2: else it would wait for the end of the connection. */
START_TEST(an_old_client_is_told_that_the_connection_stays)
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

/* RFC 9112 2.2: of old clients that end a body with one that does not count. */
START_TEST(an_empty_line_before_a_request_is_none)
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

/* What stands behind it is not taken for the next request. */
START_TEST(a_body_of_unknown_length_is_the_last)
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

START_TEST(it_closes_after_its_first_answer)
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
		ck_assert(client.flags & TCP_RST); /* for the one that it did not read */
		client_end();
	}
}
END_TEST

UNIT_MAIN("http", each_request_has_one_answer, an_old_client_is_told_that_the_connection_stays,
	  an_empty_line_before_a_request_is_none, a_body_of_unknown_length_is_the_last,
	  it_closes_after_its_first_answer)
