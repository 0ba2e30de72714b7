/* SPDX-License-Identifier: MIT */
/*
 * http_request: reads HTTP/1.1 requests and writes the heads of answers. Private to service/.
 *
 * Requests are read octet by octet, so they may arrive in any number of segments. Only the parts
 * are examined that determine the answer, the end of the connection and the length of a body.
 */
#ifndef SYNACKD_SERVICE_HTTP_REQUEST_H
#define SYNACKD_SERVICE_HTTP_REQUEST_H

#include "service/service.h"

#define HTTP_HEAD_MAX 8192 /* octets of a head that is too long */

/* Steps of one turn, each of which reads a head or a body, or answers, so that other connections
 * have their turn. There are answers among them, whose ACK begins the next turn. */
#define HTTP_STEPS_A_TURN 256

/* Reads octets up to the end of the head, or of the body, of a request. Returns the number of
 * octets read; h->step is then the next part. A zeroed *h is ready for the first octet. */
size_t http_take(struct service_http *h, const uint8_t *data, size_t n);

/* Writes `100 Continue` if the client waits for it before it sends the body (RFC 9110 10.1.1), but
 * not if octets of the body have already arrived. Requires space for HTTP_ANSWER_MAX octets. */
void http_continue(struct service_http *h, struct tcp_conn *c);

/* Frees the request; *h is then ready for the next one. */
void http_forget(struct service_http *h);

/*
 * Writes the head of an answer, blank line included, to `out`. `status` is e.g. "200 OK". `type` is
 * the media type of the content, which has `body` octets. NULL: no content, and no length (RFC 9110
 * 8.6). `more` are header lines, each with its CRLF. Returns the number of octets; `size` must
 * exceed HTTP_ANSWER_MAX.
 */
#define HTTP_ANSWER_MAX 512
size_t http_answer(const struct service_http *h, const char *status, const char *type,
		   const char *more, size_t body, char *out, size_t size);

#endif
