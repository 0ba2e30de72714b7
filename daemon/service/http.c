/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1.1 for one small page, whatever is asked for: enough for curl, browsers and health checks
 * to be content. A head is read octet by octet, so that it may come in any number of segments; only
 * what decides about keeping the connection and about a body is looked at.
 */
#include "service/service_ops.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HEAD_MAX 8192

enum { HTTP_HEAD, HTTP_BODY, HTTP_ANSWER, HTTP_ENDED };

static const char page[] = "<!DOCTYPE html>\n"
			   "<html><head><title>synackd</title></head>\n"
			   "<body><h1>synackd</h1><p>Your client got through.</p></body></html>\n";

static void write_answer(struct service_run *run, struct tcp_conn *c, const char *status,
			 const char *body)
{
	char out[1024];
	int n = snprintf(out, sizeof(out),
			 "HTTP/1.1 %s\r\nServer: synackd\r\nContent-Type: text/html\r\n"
			 "Content-Length: %zu\r\n%s\r\n%s",
			 status, strlen(body), run->http.last ? "Connection: close\r\n" : "",
			 run->http.head_only ? "" : body);

	tcp_write(c, out, (size_t)n);
	run->replied = true;
	if (run->http.last)
		run->closed = true;
}

/* A line of the head is complete; an empty one ends it. */
static void take_line(struct service_run *run)
{
	struct service_http *h = &run->http;
	char *line = h->line;

	line[h->line_len] = '\0';
	if (!h->lines++) {
		h->head_only = strncmp(line, "HEAD ", 5) == 0;
		h->last = strstr(line, "HTTP/1.1") == NULL;
	} else if (h->line_len == 0) {
		run->phase = h->body ? HTTP_BODY : HTTP_ANSWER;
	} else if (strncasecmp(line, "Connection:", 11) == 0) {
		if (strcasestr(line, "close"))
			h->last = true;
		else if (strcasestr(line, "keep-alive"))
			h->last = false;
	} else if (strncasecmp(line, "Content-Length:", 15) == 0) {
		unsigned long long body = 0;

		if (sscanf(line + 15, "%llu", &body) == 1)
			h->body = body;
	}
	h->line_len = 0;
}

static void take_head(struct service_run *run, uint8_t octet)
{
	struct service_http *h = &run->http;

	if (++h->head == HEAD_MAX) {
		h->too_long = h->last = true;
		run->phase = HTTP_ANSWER;
	} else if (octet == '\n') {
		take_line(run);
	} else if (octet != '\r' && h->line_len < sizeof(h->line) - 1) {
		h->line[h->line_len++] = (char)octet; /* the rest of a long line decides nothing */
	}
}

static size_t take(struct service_run *run, const uint8_t *data, size_t n)
{
	size_t i = 0;

	while (i < n && run->phase == HTTP_HEAD)
		take_head(run, data[i++]);
	if (run->phase == HTTP_BODY) {
		uint64_t body = n - i < run->http.body ? n - i : run->http.body;

		run->http.body -= body;
		i += body;
		if (!run->http.body)
			run->phase = HTTP_ANSWER;
	}
	return run->phase == HTTP_ENDED ? n : i;
}

static void http_turn(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	const uint8_t *data;
	size_t n;

	(void)s;
	for (;;) {
		if (run->phase == HTTP_ANSWER) {
			if (tcp_writable(c) < 1024)
				return;
			write_answer(run, c,
				     run->http.too_long ? "431 Request Header Fields Too Large"
							: "200 OK",
				     run->http.too_long ? "" : page);
			run->phase = run->closed ? HTTP_ENDED : HTTP_HEAD;
			run->http = (struct service_http){0};
		}
		n = tcp_readable(c, &data);
		if (!n)
			return;
		tcp_consume(c, take(run, data, n));
	}
}

const struct service_ops service_http = {.name = "http", .turn = http_turn};
