/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1.1 requests, read octet by octet, so that they may come in any number of segments; only
 * what decides about the answer, about keeping the connection and about a body is looked at.
 * Private to service/.
 */
#ifndef SYNACKD_SERVICE_HTTP_REQUEST_H
#define SYNACKD_SERVICE_HTTP_REQUEST_H

#include "service/service.h"

#define HTTP_HEAD_MAX 8192 /* octets of a head; a longer one is not read */

/* Take octets up to the end of the head, or of the body, of a request. Returns how many were taken;
 * h->step tells what comes next. A zeroed *h is before its first octet. */
size_t http_take(struct service_http *h, const uint8_t *data, size_t n);

/* If the request waits for it before it sends its body, writes `100 Continue`, RFC 9110 10.1.1; not
 * when octets of the body are there already. There is room for HTTP_ANSWER_MAX octets. */
void http_continue(struct service_http *h, struct tcp_conn *c);

/* Forget the request, and free what it holds: the next one may begin. */
void http_forget(struct service_http *h);

/* The head of an answer of `body` octets, as in `HTTP/1.1 200 OK`, with the blank line. `type` is
 * the media type of its content; NULL: it has none, and no length either (RFC 9110 8.6). `more`:
 * header lines, each with its CRLF. Returns its octets; `size` is more than HTTP_ANSWER_MAX. */
#define HTTP_ANSWER_MAX 512
size_t http_answer(const struct service_http *h, const char *status, const char *type,
		   const char *more, size_t body, char *out, size_t size);

#endif
