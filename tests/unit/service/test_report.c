/* SPDX-License-Identifier: MIT */
/* The service `report` between a client, whose segments pass through the whole responder, and a
 * judge that returns a fixed text. */
#include "one_client.h"

#include "engine/advance.h"

#include <stdlib.h>
#include <string.h>

/* The judge. */
static struct report {
	struct report_query query;
	unsigned asked, gone;
	bool ready, bad, busy, taken;
	const char *text;
	size_t len;
	struct flow_key key;
	uint64_t flow;
} judge;

static struct report *fake_ask(void *context, const struct report_query *q, const struct flow *f)
{
	ck_assert_ptr_eq(context, &judge);
	if (judge.busy)
		return NULL;
	judge.asked++;
	judge.query = *q;
	judge.key = flow_key_of(f);
	judge.flow = f->id;
	return &judge;
}

static const char *fake_text(const struct report *r, size_t *len, bool *good)
{
	ck_assert_uint_eq(r->asked, r->gone + 1);
	*len = r->len;
	*good = !r->bad;
	return r->ready ? r->text : NULL;
}

static bool fake_taken(const struct report *r)
{
	return r->taken;
}

static void fake_let_go(struct report *r)
{
	r->gone++;
}

static const struct report_ops fake_ops = {
	.ask = fake_ask, .text = fake_text, .taken = fake_taken, .let_go = fake_let_go};

static void begin(const char *keys)
{
	judge = (struct report){.text = "{}\n", .len = 3, .ready = true};
	client_begin("report", keys);
	responder.judge = (struct report_provider){&fake_ops, &judge};
	sends(TCP_SYN, "");
	sends(TCP_ACK, "");
}

static void end(void)
{
	client_end();
	ck_assert_uint_eq(judge.asked, judge.gone);
}

/* Returns the data received since the last call. */
static const char *got(void)
{
	client.got[client.got_len] = '\0';
	client.got_len = 0;
	return client.got;
}

static void got_status(const char *status)
{
	const char *text = got();

	ck_assert_msg(strncmp(text, "HTTP/1.1 ", 9) == 0 &&
			      strncmp(text + 9, status, strlen(status)) == 0,
		      "expected %s, got %.80s", status, text);
}

static void asks(const char *line)
{
	char *text = xasprintf("%s\r\nHost: x\r\n\r\n", line);

	sends(TCP_ACK | TCP_PSH, text);
	free(text);
}

/* Reports a finished report to the responder. */
static void judge_wakes(void)
{
	client.flags = 0;
	judge.ready = true;
	responder_wake(&responder, &judge.key, judge.flow);
}

/* --- queries ---------------------------------------------------------------------------------- */

START_TEST(a_query_selects_connections)
{
	struct report_query q;
	const char *error;

	ck_assert(report_query_parse(NULL, &q, &error));
	ck_assert(!q.port && !q.has_since && !*q.endpoint && !*q.profile);
	ck_assert(report_query_parse("", &q, &error));
	ck_assert(report_query_parse("port=65535&since=1.5&endpoint=a%2fb+c%3D&profile=linux-6.18",
				     &q, &error));
	ck_assert_uint_eq(q.port, 65535);
	ck_assert(q.has_since);
	ck_assert_int_eq(q.since, 1500 * NS_PER_MS);
	ck_assert_str_eq(q.endpoint, "a/b c=");
	ck_assert_str_eq(q.profile, "linux-6.18");
	ck_assert(report_query_parse("since=200ms&", &q, &error));
	ck_assert_int_eq(q.since, 200 * NS_PER_MS);
}
END_TEST

START_TEST(an_invalid_query_draws_an_error)
{
	static const char *const bad[] = {
		"port",
		"port=",
		"port=0",
		"port=65536",
		"port=99999999999",
		"port=1x",
		"port= 1",
		"port=-1",
		"since=",
		"since=x",
		"since=-1",
		"since=1e3",
		"endpoint=",
		"endpoint=%",
		"endpoint=%4",
		"endpoint=%zz",
		"endpoint=%00",
		"client=::1",
		"Port=1",
		"=",
		"port=1&port=1",
		"&",
		"port=1&&",
		"since=1&since=1",
		"?",
		"ort=1",
		"portx=1",
		"profile=a&profile=a",
	};
	char name[2 * REPORT_NAME_MAX] = "profile=";
	struct report_query q;
	const char *error;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		ck_assert_msg(!report_query_parse(bad[i], &q, &error), "%s", bad[i]);
		ck_assert_ptr_nonnull(error);
		ck_assert_ptr_null(strpbrk(error, "\"\\")); /* it is embedded in JSON */
	}
	memset(name + 8, 'a', REPORT_NAME_MAX - 1);
	ck_assert(report_query_parse(name, &q, &error));
	name[8 + REPORT_NAME_MAX - 1] = 'a';
	ck_assert(!report_query_parse(name, &q, &error));
}
END_TEST

/* --- answers ---------------------------------------------------------------------------------- */

START_TEST(the_report_is_sent_when_finished)
{
	begin("");
	judge.ready = false;
	asks("GET /?port=40001 HTTP/1.1");
	ck_assert_uint_eq(judge.query.port, 40001);
	ck_assert_uint_eq(judge.key.client_port, CLIENT_PORT);
	asks("GET /?port=40002 HTTP/1.1"); /* queued */
	ck_assert_uint_eq(judge.asked, 1);
	ck_assert_uint_eq(client.got_len, 0);
	judge_wakes();
	ck_assert_uint_eq(judge.asked, 2);
	ck_assert_uint_eq(judge.query.port, 40002);
	ck_assert_ptr_nonnull(
		strstr(got(), "\r\nContent-Length: 3\r\n\r\n{}\nHTTP/1.1 200 OK\r\n"));
	ck_assert(!(client.flags & TCP_FIN));
	asks("GET / HTTP/1.0");
	got_status("200 OK");
	ck_assert(client.flags & TCP_FIN);
	end();
}
END_TEST

START_TEST(a_client_that_closes_its_side_gets_its_answer)
{
	begin("");
	judge.ready = false;
	sends(TCP_ACK | TCP_FIN, "GET / HTTP/1.1\r\n\r\n");
	ck_assert(!(client.flags & TCP_FIN));
	judge_wakes();
	got_status("200 OK");
	ck_assert(client.flags & TCP_FIN);
	end();
}
END_TEST

START_TEST(a_reset_cancels_the_report)
{
	begin("");
	judge.ready = false;
	asks("GET / HTTP/1.1");
	sends(TCP_ACK | TCP_RST, "");
	ck_assert_uint_eq(judge.gone, 1);
	judge_wakes();
	ck_assert_uint_eq(client.flags, 0);
	end();
}
END_TEST

/* Longer than a send queue: it is sent as the client acknowledges data. */
START_TEST(a_long_report_is_complete)
{
	static char text[3 * SENDQ_MAX / 2];
	const char *body;

	begin("");
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 23);
	judge.text = text;
	judge.len = sizeof(text);
	asks("GET / HTTP/1.0");
	for (int i = 0; i < 2000 && !(client.flags & TCP_FIN); i++)
		sends(TCP_ACK, "");
	body = memmem(client.got, client.got_len, "\r\n\r\n", 4);
	ck_assert_ptr_nonnull(body);
	ck_assert_uint_eq((size_t)(client.got + client.got_len - body), 4 + sizeof(text));
	ck_assert_mem_eq(body + 4, text, sizeof(text));
	end();
}
END_TEST

START_TEST(invalid_requests_draw_errors)
{
	char line[300];

	begin("");
	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	memcpy(line, "GET /?", 6);
	asks("GET /favicon.ico HTTP/1.1");
	got_status("404 ");
	asks("PUT / HTTP/1.1");
	ck_assert_ptr_nonnull(strstr(got(), "\r\nAllow: GET, HEAD\r\n"));
	asks("GET /?port=x HTTP/1.1");
	got_status("400 ");
	asks("GET");
	got_status("405 ");
	ck_assert(client.flags & TCP_FIN); /* the request was not HTTP/1.1 */
	end();
	begin("");
	asks(line);
	got_status("400 ");
	ck_assert_uint_eq(judge.asked, 0);
	end();
	begin("");
	judge.bad = true;
	asks("GET /?profile=x HTTP/1.1");
	got_status("400 ");
	judge.busy = true;
	asks("GET / HTTP/1.1");
	got_status("503 ");
	responder.judge.ops = NULL; /* as in replay */
	judge.busy = false;
	asks("GET / HTTP/1.1");
	got_status("503 ");
	end();
}
END_TEST

START_TEST(head_has_no_body)
{
	const char *text;

	begin("");
	asks("HEAD / HTTP/1.1");
	text = got();
	ck_assert_ptr_nonnull(strstr(text, "\r\nContent-Length: 3\r\n\r\n"));
	ck_assert_str_eq(text + strlen(text) - 4, "\r\n\r\n");
	asks("HEAD /x HTTP/1.1");
	text = got();
	ck_assert_str_eq(text + strlen(text) - 4, "\r\n\r\n");
	end();
}
END_TEST

START_TEST(close_settings_apply)
{
	begin("close = \"reply\";");
	asks("GET / HTTP/1.1");
	got_status("200 ");
	ck_assert(client.flags & TCP_FIN);
	end();
	begin("close = \"never\";");
	sends(TCP_ACK | TCP_FIN, "GET / HTTP/1.1\r\n\r\n");
	got_status("200 ");
	ck_assert(!(client.flags & TCP_FIN));
	end();
}
END_TEST

START_TEST(a_withdrawn_report_resets_the_client)
{
	begin("");
	judge.ready = false;
	asks("GET / HTTP/1.1");
	judge.taken = true;
	judge_wakes();
	ck_assert(client.flags & TCP_RST);
	ck_assert_uint_eq(responder.counter[COUNT_REPORTS_TAKEN], 1);
	ck_assert_uint_eq(responder.counter[COUNT_RELAYS_FAILED], 0);
	end();
}
END_TEST

UNIT_MAIN("report", a_withdrawn_report_resets_the_client, a_query_selects_connections,
	  an_invalid_query_draws_an_error, the_report_is_sent_when_finished,
	  a_client_that_closes_its_side_gets_its_answer, a_reset_cancels_the_report,
	  a_long_report_is_complete, invalid_requests_draw_errors, head_has_no_body,
	  close_settings_apply)
