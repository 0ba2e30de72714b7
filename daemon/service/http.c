/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 for one small page, whatever is asked for: enough for curl, browsers and health checks
 * to be content. */
#include "service/http_request.h"
#include "service/service_ops.h"

#include <string.h>

enum { HTTP_ASKED, HTTP_ENDED };

static const char page[] = "<!DOCTYPE html>\n"
			   "<html><head><title>synackd</title></head>\n"
			   "<body><h1>synackd</h1><p>Your client got through.</p></body></html>\n";

static void write_answer(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	const struct service_http *h = &run->http;
	const char *body = h->too_long ? "" : page;
	char out[HTTP_ANSWER_MAX];

	tcp_write(c, out,
		  http_answer(h, h->too_long ? "431 Request Header Fields Too Large" : "200 OK",
			      "text/html", "", strlen(body), out, sizeof(out)));
	if (!h->head_only)
		tcp_write(c, body, strlen(body));
	run->replied = true;
	run->closed = h->last || service_replies_once(s);
}

static void http_turn(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	const uint8_t *data;
	size_t n;

	for (;;) {
		if (run->http.step == HTTP_WHOLE) {
			if (tcp_writable(c) < HTTP_ANSWER_MAX + sizeof(page))
				return;
			write_answer(s, run, c);
			run->phase = run->closed ? HTTP_ENDED : HTTP_ASKED;
			http_forget(&run->http);
		}
		n = run->closed && s->close == CLOSE_LEAVE ? 0 : tcp_readable(c, &data);
		if (!n)
			return;
		tcp_consume(c, run->phase == HTTP_ENDED ? n : http_take(&run->http, data, n));
	}
}

const struct service_ops service_http = {.name = "http", .turn = http_turn};
