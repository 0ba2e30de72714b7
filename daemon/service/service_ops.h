/* SPDX-License-Identifier: MIT */
/*
 * service_ops: the table of services. Private to service/.
 *
 * Each service is a file NAME.c that defines only its row, service_NAME, so it has no header. A new
 * service is declared here and listed in service.c.
 */
#ifndef SYNACKD_SERVICE_SERVICE_OPS_H
#define SYNACKD_SERVICE_SERVICE_OPS_H

#include "service/service.h"
#include "tcp/conn.h"

struct service_ops {
	const char *name;
	const char *argument; /* the text after the colon, for messages; NULL: not allowed */
	/* Returns true if `argument` is valid. Otherwise sets *error to a message; the caller frees
	 * it. NULL: any text is valid. */
	bool (*takes)(const char *argument, char **error);
	bool closes_itself; /* the service sets run->closed itself; the client's FIN does not */
	/* Reads octets, and writes as many as there is space for. Sets run->replied when a complete
	 * reply was written, and run->closed to close the connection. */
	void (*turn)(const struct service *s, struct service_run *run, struct tcp_conn *c);
	void (*end)(struct service_run *run, struct tcp_conn *c); /* may be NULL */
};

/* Returns true if the service closes after its first reply. */
static inline bool service_replies_once(const struct service *s)
{
	return s->close == CLOSE_REPLY || s->close == CLOSE_LEAVE;
}

extern const struct service_ops service_banner, service_chargen, service_discard, service_echo,
	service_http, service_relay, service_report;

#endif
