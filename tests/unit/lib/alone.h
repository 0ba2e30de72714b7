/* SPDX-License-Identifier: MIT */
/* alone: a responder with one endpoint of a shipped behaviour, on a link that the test provides. */
#ifndef SYNACKD_TESTS_UNIT_LIB_ALONE_H
#define SYNACKD_TESTS_UNIT_LIB_ALONE_H

#include "config/config.h"
#include "engine/engine.h"

/* Does nothing: for the link_ops of links that do not buffer. */
void flush_nothing(struct link *l);

/* Returns the shipped config. Errors in it fail the test. The caller frees it. */
struct config *shipped_config(void);
/* Returns a behaviour of the shipped config, compiled as an endpoint's behaviour with this service
 * and these settings (NULL: the default). The caller puts it. */
struct ruleset *shipped_rules(const struct config *shipped, const char *behaviour,
			      const char *service, const struct tcp_settings *settings);

struct alone {
	const struct responder_limits *limits;
	uint64_t seed;
	nstime begin;
	const char *address; /* all addresses of its family are clients */
	uint16_t port_from, port_to;
	struct ruleset *rules;
	uint32_t amplification; /* 0: no bound */
};

/* Initializes a responder on this link. The test releases it. */
void alone_begin(struct responder *r, struct link *l, const struct alone *a);

#endif
