/* SPDX-License-Identifier: MIT */
/* service: the application of an endpoint. It reads and writes octets, and has no access to
 * segments. */
#ifndef SYNACKD_SERVICE_SERVICE_H
#define SYNACKD_SERVICE_SERVICE_H

#include "base/clock.h"
#include "service/relay.h"
#include "service/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tcp_conn;

/* The time at which the service closes its side. */
enum service_close {
	CLOSE_AT_EOF, /* after the client has closed its side and everything was answered */
	/* After its first reply (banner: after the banner; discard: after octets), or after the
	 * client has closed its side without one. */
	CLOSE_REPLY,
	CLOSE_LEAVE, /* as CLOSE_REPLY, but it reads no more: unread octets draw an RST */
	CLOSE_NEVER,
};

extern const char *const service_close_names[]; /* "eof", …; NULL-terminated */

struct service_ops;

struct service {
	const struct service_ops *ops;
	char *argument;  /* owned: the text after the colon; NULL: none */
	uint8_t *octets; /* owned: the text of a banner; NULL if it is empty */
	uint32_t octets_len;
	struct relay_target *target; /* reference-counted; NULL: not a relay */
	uint8_t close;               /* enum service_close */
};

#define SERVICE_LINE_MAX 256

enum http_step { HTTP_HEAD, HTTP_BODY, HTTP_WHOLE };

/* The parts of an HTTP request that determine the answer. */
struct service_http {
	uint64_t body; /* octets of the body that have not arrived yet */
	uint16_t head; /* octets of the head so far */
	uint16_t lines;
	uint8_t step;  /* enum http_step: the next part */
	bool last;     /* the connection ends after the answer */
	bool old;      /* HTTP/1.0 or older: the connection persists only with keep-alive */
	bool unending; /* the end of its body is unknown */
	bool content;  /* it has a body, or is unending */
	bool expects;  /* the client waits for `100 Continue` before the body, RFC 9110 10.1.1 */
	bool answered; /* answered before all of its body arrived */
	bool get, head_only;
	bool too_long;
	bool wants_target; /* set by a service that needs `target` */
	bool no_memory;    /* no memory for `target` */
	uint8_t line_len;
	char line[SERVICE_LINE_MAX];
	char *target; /* owned; NULL also if the line was too long, or with no_memory */
};

/* State of a service for one connection. A zeroed struct is the initial state. */
struct service_run {
	uint8_t phase;
	bool replied;    /* at least one complete reply was written */
	bool closed;     /* the service has finished with the connection */
	bool aborted;    /* the connection must be reset */
	bool shut;       /* relay: the server was informed that the client closed its side */
	uint32_t offset; /* position in the data being sent */
	struct service_http http;
	const struct relay_provider *relay;  /* set by the responder; NULL: none */
	struct relay_peer *peer;             /* of a relay, while it is open */
	const struct report_provider *judge; /* set by the responder; NULL: none */
	struct report *report;               /* requested and not yet sent completely; or NULL */
};

/* Parses `discard`, `echo`, `chargen`, `banner:TEXT`, `http`, `http:early`, `http:early=STATUS`,
 * `report` or `relay:HOST:PORT`; payload_parse() reads TEXT. On failure, returns false and sets
 * *error to a message; the caller frees it. Sets out->close to CLOSE_AT_EOF. */
bool service_parse(const char *text, struct service *out, char **error);
/* Copies a service. The caller frees the copy with service_free(). */
void service_copy(const struct service *from, struct service *to);
/* Frees the members of *s, and zeroes it. */
void service_free(struct service *s);
const char *service_name(const struct service *s);

/* Lets the service read, write and close as far as is now possible. It never reads octets that it
 * has no space to answer. If run->aborted is then set, the caller must reset the connection. */
void service_turn(const struct service *s, struct service_run *run, struct tcp_conn *c);
/* Returns true if the service waits for its server or for a report: it may yet do more than read
 * from the client and write to it. */
bool service_waits(const struct service_run *run);
/* Frees the resources of the service when the connection becomes CLOSED or is forgotten. May be
 * called again. */
void service_end(const struct service *s, struct service_run *run, struct tcp_conn *c);

#endif
