/* SPDX-License-Identifier: MIT */
/* Answers HTTP GET with the judge's report about the client, in JSON. */
#include "service/report.h"

#include "service/http_request.h"
#include "service/service_ops.h"

#include <stdio.h>
#include <string.h>

enum { REPORT_READS, REPORT_WAITS, REPORT_SENDS, REPORT_ENDED };

#define ERROR_MAX 256 /* maximum length of {"error": ...} */

/* Ends the answer. */
static void replied(const struct service *s, struct service_run *run)
{
	run->replied = true;
	run->closed = run->http.last || service_replies_once(s);
	run->phase = run->closed ? REPORT_ENDED : REPORT_READS;
	http_forget(&run->http);
}

static void write_head(struct service_run *run, struct tcp_conn *c, const char *status,
		       const char *more, size_t body)
{
	char out[HTTP_ANSWER_MAX];

	tcp_write(
		c, out,
		http_answer(&run->http, status, "application/json", more, body, out, sizeof(out)));
}

/* `why` is a constant without characters that JSON requires to be escaped. */
static void refuse(const struct service *s, struct service_run *run, struct tcp_conn *c,
		   const char *status, const char *more, const char *why)
{
	char body[ERROR_MAX];
	int n = snprintf(body, sizeof(body), "{\"error\": \"%s\"}\n", why);

	write_head(run, c, status, more, (size_t)n);
	if (!run->http.head_only)
		tcp_write(c, body, (size_t)n);
	replied(s, run);
}

static void ask(const struct service *s, struct service_run *run, struct tcp_conn *c,
		const char *query)
{
	const struct report_provider *judge = run->judge;
	struct report_query q;
	const char *error;

	if (!report_query_parse(query, &q, &error)) {
		refuse(s, run, c, "400 Bad Request", "", error);
		return;
	}
	if (!judge || !judge->ops) {
		refuse(s, run, c, "503 Service Unavailable", "", "no reports available");
		return;
	}
	run->report = judge->ops->ask(judge->context, &q, &c->f);
	if (run->report)
		run->phase = REPORT_WAITS;
	else
		refuse(s, run, c, "503 Service Unavailable", "Retry-After: 1\r\n",
		       "too many reports in progress: try again in a second");
}

static void answer(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	const struct service_http *h = &run->http;
	const char *target = h->target;

	if (h->too_long)
		refuse(s, run, c, "431 Request Header Fields Too Large", "",
		       "request head too long: expected at most 8191 octets");
	else if (!h->get && !h->head_only)
		refuse(s, run, c, "405 Method Not Allowed", "Allow: GET, HEAD\r\n",
		       "unexpected method: expected GET or HEAD");
	else if (h->no_memory)
		refuse(s, run, c, "503 Service Unavailable", "Retry-After: 1\r\n",
		       "out of memory: try again in a second");
	else if (!target)
		refuse(s, run, c, "400 Bad Request", "",
		       "expected a request line such as GET /?port=40000 HTTP/1.1, of at most 255 "
		       "octets");
	else if (target[0] == '/' && (!target[1] || target[1] == '?'))
		ask(s, run, c, target[1] ? target + 2 : NULL);
	else
		refuse(s, run, c, "404 Not Found", "",
		       "unknown path: the report is at /, as in GET /?port=40000");
}

static void let_go(struct service_run *run)
{
	if (run->report)
		run->judge->ops->let_go(run->report);
	run->report = NULL;
}

/* Sends as much of a finished report as there is space for. */
static void send_report(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	size_t len, n;
	const char *text;
	bool good;

	if (run->judge->ops->taken(run->report)) {
		let_go(run);
		run->aborted = true;
		run->phase = REPORT_ENDED;
		return;
	}
	text = run->judge->ops->text(run->report, &len, &good);
	if (!text)
		return;
	if (run->phase == REPORT_WAITS) {
		if (tcp_writable(c) < HTTP_ANSWER_MAX)
			return;
		write_head(run, c, good ? "200 OK" : "400 Bad Request", "", len);
		run->phase = REPORT_SENDS;
		run->offset = run->http.head_only ? (uint32_t)len : 0;
	}
	n = len - run->offset < tcp_writable(c) ? len - run->offset : tcp_writable(c);
	if (n)
		tcp_write(c, text + run->offset, n);
	run->offset += (uint32_t)n;
	if (run->offset < len)
		return;
	let_go(run);
	replied(s, run);
}

/* Does one step. Returns false if it must wait for octets, for space or for the report. */
static bool step(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	const uint8_t *data;
	size_t n;

	if (run->phase == REPORT_WAITS || run->phase == REPORT_SENDS) {
		send_report(s, run, c);
		return !run->report && !run->aborted;
	}
	if (run->http.step == HTTP_WHOLE) {
		if (tcp_writable(c) < HTTP_ANSWER_MAX + ERROR_MAX)
			return false;
		answer(s, run, c);
		return true;
	}
	if (run->http.expects && tcp_writable(c) >= HTTP_ANSWER_MAX)
		http_continue(&run->http, c);
	n = run->closed && s->close == CLOSE_LEAVE ? 0 : tcp_readable(c, &data);
	if (!n)
		return false;
	run->http.wants_target = true;
	tcp_consume(c, run->phase == REPORT_ENDED ? n : http_take(&run->http, data, n));
	return true;
}

/* A client that closes its side after the request still receives the answer. */
static void report_turn(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	unsigned steps = 0;

	while (steps < HTTP_STEPS_A_TURN && step(s, run, c))
		steps++;
	if (run->phase == REPORT_READS && run->http.step != HTTP_WHOLE && tcp_eof(c))
		run->closed = true;
}

static void report_end(struct service_run *run, struct tcp_conn *c)
{
	(void)c;
	let_go(run);
	http_forget(&run->http);
}

const struct service_ops service_report = {
	.name = "report",
	.closes_itself = true,
	.turn = report_turn,
	.end = report_end,
};
