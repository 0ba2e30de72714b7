/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 with one small page for every request: sufficient for curl, browsers and health
 * checks. */
#include "base/container.h"
#include "base/text.h"
#include "service/http_request.h"
#include "service/service_ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HTTP_ASKED, HTTP_ENDED };

static const char page[] = "<!DOCTYPE html>\n"
			   "<html><head><title>synackd</title></head>\n"
			   "<body><h1>synackd</h1><p>Your client got through.</p></body></html>\n";

/* With this argument, a request with a body is answered before the body is read (RFC 9110 15): the
 * client may then stop sending. */
static const char early[] = "early";
#define EARLY_STATUS 413

/* Returns true for three digits from 200 to 599. */
static bool is_final_status(const char *text)
{
	return text[0] >= '2' && text[0] <= '5' && strspn(text, "0123456789") == 3 && !text[3];
}

/* Accepts `early` or `early=STATUS`, with the status of a final answer. */
static bool http_takes(const char *argument, char **error)
{
	const char *status = argument + sizeof(early) - 1;

	if (strncmp(argument, early, sizeof(early) - 1) == 0 &&
	    (!*status || (*status == '=' && is_final_status(status + 1))))
		return true;
	*error = xasprintf("expected http, http:early or http:early=STATUS with a status from 200 "
			   "to 599, got 'http:%s'",
			   argument);
	return false;
}

/* Returns the reason of RFC 9110 15, or a generic one, as some clients require a reason. */
static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} known[] = {
		{200, "OK"},
		{204, "No Content"},
		{205, "Reset Content"},
		{304, "Not Modified"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{413, "Content Too Large"},
		{417, "Expectation Failed"},
		{429, "Too Many Requests"},
		{500, "Internal Server Error"},
		{503, "Service Unavailable"},
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i].status == status)
			return known[i].reason;
	return "Early Answer";
}

/* Formats the status line of an early answer, without the version. */
static void early_status(const struct service *s, char *out, size_t size)
{
	const char *text = s->argument + sizeof(early) - 1;
	int status = *text ? atoi(text + 1) : EARLY_STATUS;

	snprintf(out, size, "%d %s", status, reason_of(status));
}

/* Returns the media type of the answer; NULL for 204 and 304, which end with the head. An answer
 * 205 has a length of 0. (RFC 9112 6.3, RFC 9110 15.3.6.) */
static const char *type_of(const char *status)
{
	bool ends = strncmp(status, "204", 3) == 0 || strncmp(status, "304", 3) == 0;

	return ends ? NULL : "text/html";
}

static bool has_page(const char *status)
{
	return type_of(status) && strncmp(status, "205", 3) != 0;
}

static void write_answer(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	struct service_http *h = &run->http;
	char status[48] = "200 OK", out[HTTP_ANSWER_MAX];
	const char *body;

	if (h->too_long)
		snprintf(status, sizeof(status), "431 Request Header Fields Too Large");
	else if (s->argument && h->content)
		early_status(s, status, sizeof(status));
	body = h->too_long || !has_page(status) ? "" : page;
	h->last = h->last || h->expects;
	tcp_write(c, out,
		  http_answer(h, status, type_of(status), "", strlen(body), out, sizeof(out)));
	if (!h->head_only)
		tcp_write(c, body, strlen(body));
	h->answered = true;
	run->replied = true;
	run->closed = h->last || service_replies_once(s);
	if (run->closed)
		run->phase = HTTP_ENDED;
}

/* Answers the request as far as it was read, and frees a complete one. Returns false if there is no
 * space for the answer. */
static bool respond(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	struct service_http *h = &run->http;
	bool whole = h->step == HTTP_WHOLE, answers = whole || (s->argument && h->content);

	if (h->step == HTTP_HEAD || h->answered || (!answers && !h->expects)) {
		if (whole)
			http_forget(h);
		return true;
	}
	if (tcp_writable(c) < HTTP_ANSWER_MAX + sizeof(page))
		return false;
	if (answers)
		write_answer(s, run, c);
	else
		http_continue(h, c);
	if (whole)
		http_forget(h);
	return true;
}

static void http_turn(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	const uint8_t *data;
	size_t n;

	for (unsigned steps = 0; steps < HTTP_STEPS_A_TURN && respond(s, run, c); steps++) {
		n = run->closed && s->close == CLOSE_LEAVE ? 0 : tcp_readable(c, &data);
		if (!n)
			return;
		tcp_consume(c, run->phase == HTTP_ENDED ? n : http_take(&run->http, data, n));
	}
}

const struct service_ops service_http = {
	.name = "http", .argument = "early[=STATUS]", .takes = http_takes, .turn = http_turn};
