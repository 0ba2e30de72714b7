/* SPDX-License-Identifier: MIT */
/* What the "application" behind an endpoint does. It sees octets and nothing of segments. */
#ifndef SYNACKD_SERVICE_SERVICE_H
#define SYNACKD_SERVICE_SERVICE_H

#include "base/clock.h"
#include "service/relay.h"
#include "service/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tcp_conn;

/* When the service closes its side. */
enum service_close {
	CLOSE_AT_EOF, /* once the client has closed its side and everything was answered */
	CLOSE_REPLY,  /* after its first reply (banner: after the banner; discard: after octets), or
		       * when the client has closed its side without one */
	CLOSE_LEAVE,  /* likewise, and it reads no more: octets that it has not read draw an RST */
	CLOSE_NEVER,
};

extern const char *const service_close_names[]; /* "eof", …; NULL at the end */

struct service_ops;

struct service {
	const struct service_ops *ops;
	char *argument;              /* owned: what stands behind the colon; NULL: nothing */
	uint8_t *octets;             /* owned: the text of a banner; NULL: there is none, */
	uint32_t octets_len;         /* or it is empty */
	struct relay_target *target; /* counted; NULL: it is no relay */
	uint8_t close;               /* enum service_close */
};

#define SERVICE_LINE_MAX 256

enum http_step { HTTP_HEAD, HTTP_BODY, HTTP_WHOLE };

/* What of an HTTP request decides about the answer. */
struct service_http {
	uint64_t body; /* octets of it that are still to come */
	uint16_t head; /* octets of it so far */
	uint16_t lines;
	uint8_t step; /* enum http_step: what comes next */
	bool last;    /* the connection ends with the answer */
	bool old;     /* it is HTTP/1.0's, or older: who wants to keep the connection has said so */
	bool unending; /* where its body ends cannot be told */
	bool content;  /* it has a body, or is unending */
	bool expects;  /* it waits for `100 Continue` before its body, RFC 9110 10.1.1 */
	bool answered; /* already, while its body is still to come */
	bool get, head_only;
	bool too_long;
	bool wants_target; /* set by whose target decides */
	bool no_memory;    /* for the target */
	uint8_t line_len;
	char line[SERVICE_LINE_MAX];
	char *target; /* owned; NULL also when the line was too long, or with no_memory */
};

/* What a service remembers of one connection; zeroed to begin with. */
struct service_run {
	uint8_t phase;
	bool replied;    /* at least one whole reply was written */
	bool closed;     /* it wants no more of the connection */
	bool aborted;    /* the connection is to be reset */
	bool shut;       /* relay: the server knows that the client closed its side */
	uint32_t offset; /* into what is being sent */
	struct service_http http;
	const struct relay_provider *relay; /* set by the responder; NULL: there is none */
	struct relay_peer *peer;            /* of a relay, while it is open */
	const struct report_provider
		*judge;        /* likewise set by the responder; NULL: there is none */
	struct report *report; /* that was asked for, until it is sent */
};

/*
 * Read `discard`, `echo`, `chargen`, `banner:TEXT`, `http`, `http:early`, `http:early=STATUS`,
 * `report` or `relay:HOST:PORT`; TEXT is that of payload_parse(). On failure false, and *error
 * (owned by the caller) is one sentence. `close` is left at CLOSE_AT_EOF.
 */
bool service_parse(const char *text, struct service *out, char **error);
void service_copy(const struct service *from, struct service *to);
void service_free(struct service *s);
const char *service_name(const struct service *s);

/* Let the service read, write and close as far as it can now. Never reads what it has no room to
 * answer. With run->aborted set afterwards, the connection is the caller's to reset. */
void service_turn(const struct service *s, struct service_run *run, struct tcp_conn *c);
/* The connection is CLOSED, or goes without a word: the last chance to let go of what the service
 * holds. Again is fine. */
void service_end(const struct service *s, struct service_run *run, struct tcp_conn *c);

#endif
