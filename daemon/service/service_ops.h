/* SPDX-License-Identifier: MIT */
/*
 * The table of services: each file defines one row of it, service_NAME in NAME.c, and nothing else,
 * so it has no header of its own. A new service is declared here and listed in service.c.
 */
#ifndef SYNACKD_SERVICE_SERVICE_OPS_H
#define SYNACKD_SERVICE_SERVICE_OPS_H

#include "service/service.h"
#include "tcp/conn.h"

struct service_ops {
	const char *name;
	const char *argument; /* what stands behind the colon, for messages; NULL: nothing may */
	/* Returns true if that may be `argument`. Else *error, owned by the caller, is one
	 * sentence. NULL: any text may. */
	bool (*takes)(const char *argument, char **error);
	bool closes_itself; /* run->closed is its own business: the client's FIN does not set it */
	/* Read, and write what there is room for. Sets run->replied when a whole reply was written,
	 * and run->closed when the service wants to close of itself. */
	void (*turn)(const struct service *s, struct service_run *run, struct tcp_conn *c);
	void (*end)(struct service_run *run, struct tcp_conn *c); /* may be NULL */
};

/* Does it close after its first reply? */
static inline bool service_replies_once(const struct service *s)
{
	return s->close == CLOSE_REPLY || s->close == CLOSE_LEAVE;
}

extern const struct service_ops service_banner, service_chargen, service_discard, service_echo,
	service_http, service_relay, service_report;

#endif
