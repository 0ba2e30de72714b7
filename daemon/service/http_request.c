/* SPDX-License-Identifier: MIT */
#include "service/http_request.h"

#include "tcp/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Parses METHOD TARGET VERSION. */
static void take_request_line(struct service_http *h)
{
	char *line = h->line, *target = line + strcspn(line, " ");
	size_t len;

	h->head_only = strncmp(line, "HEAD ", 5) == 0;
	h->get = strncmp(line, "GET ", 4) == 0;
	h->last = h->old = strstr(line, "HTTP/1.1") == NULL;
	if (!h->wants_target || !*target)
		return;
	target++;
	len = strcspn(target, " ");
	/* The line may have been truncated: the target is complete only if a space follows. */
	if (target[len] == ' ')
		h->no_memory = !(h->target = strndup(target, len));
}

/* RFC 9110 8.6: parses digits. On failure, returns false and leaves *body unchanged. */
static bool read_length(const char *value, uint64_t *body)
{
	size_t digits;

	value += strspn(value, " \t");
	digits = strspn(value, "0123456789");
	if (!digits || value[digits + strspn(value + digits, " \t")])
		return false;
	*body = strtoull(value, NULL, 10);
	return true;
}

static void end_head(struct service_http *h)
{
	h->content = h->body || h->unending;
	h->expects = h->expects && !h->old && h->content;
	if (h->unending) {
		h->body = 0;
		h->last = true;
	}
	h->step = h->body ? HTTP_BODY : HTTP_WHOLE;
}

/* Processes a complete line of the head. An empty line ends the head; empty lines before the
 * request line are ignored (RFC 9112 2.2). */
static void take_line(struct service_http *h)
{
	char *line = h->line;

	line[h->line_len] = '\0';
	if (!h->lines && h->line_len == 0)
		return;
	if (!h->lines++) {
		take_request_line(h);
	} else if (h->line_len == 0) {
		end_head(h);
	} else if (strncasecmp(line, "Connection:", 11) == 0) {
		if (strcasestr(line, "close"))
			h->last = true;
		else if (strcasestr(line, "keep-alive"))
			h->last = false;
	} else if (strncasecmp(line, "Content-Length:", 15) == 0) {
		h->unending |= !read_length(line + 15, &h->body);
	} else if (strncasecmp(line, "Transfer-Encoding:", 18) == 0) {
		h->unending = true;
	} else if (strncasecmp(line, "Expect:", 7) == 0) {
		h->expects = strcasestr(line, "100-continue") != NULL;
	}
	h->line_len = 0;
}

static void take_octet(struct service_http *h, uint8_t octet)
{
	if (++h->head == HTTP_HEAD_MAX) {
		h->too_long = h->last = true;
		h->step = HTTP_WHOLE;
	} else if (octet == '\n') {
		take_line(h);
	} else if (octet != '\r' && h->line_len < sizeof(h->line) - 1) {
		h->line[h->line_len++] = (char)octet; /* the rest of a longer line is irrelevant */
	}
}

size_t http_take(struct service_http *h, const uint8_t *data, size_t n)
{
	size_t i = 0;

	if (h->step == HTTP_BODY) {
		i = n < h->body ? n : h->body;
		h->body -= i;
		if (!h->body)
			h->step = HTTP_WHOLE;
		return i;
	}
	while (i < n && h->step == HTTP_HEAD)
		take_octet(h, data[i++]);
	return i;
}

void http_continue(struct service_http *h, struct tcp_conn *c)
{
	static const char answer[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const uint8_t *data;

	if (h->step == HTTP_BODY && h->expects && !tcp_readable(c, &data))
		tcp_write(c, answer, strlen(answer));
	h->expects = h->expects && h->step == HTTP_HEAD;
}

void http_forget(struct service_http *h)
{
	free(h->target);
	*h = (struct service_http){0};
}

size_t http_answer(const struct service_http *h, const char *status, const char *type,
		   const char *more, size_t body, char *out, size_t size)
{
	char content[HTTP_ANSWER_MAX] = "";

	if (type)
		snprintf(content, sizeof(content), "Content-Type: %s\r\nContent-Length: %zu\r\n",
			 type, body);
	return (size_t)snprintf(out, size, "HTTP/1.1 %s\r\nServer: synackd\r\n%s%s%s\r\n", status,
				content, more,
				h->last  ? "Connection: close\r\n"
				: h->old ? "Connection: keep-alive\r\n"
					 : "");
}
