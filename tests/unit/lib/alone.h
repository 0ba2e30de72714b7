/* SPDX-License-Identifier: MIT */
/* A responder with one endpoint of the shipped behaviours, on a link that is the test's own. */
#ifndef SYNACKD_TESTS_UNIT_LIB_ALONE_H
#define SYNACKD_TESTS_UNIT_LIB_ALONE_H

#include "config/config.h"
#include "engine/engine.h"

/* Flushes nothing: for the link_ops of links that keep nothing back. */
void flush_nothing(struct link *l);

/* Returns the shipped config, which must load; the caller frees it. */
struct config *shipped_config(void);
/* Returns a behaviour of it, as an endpoint writes it, with this service upon these settings (NULL:
 * the default). The caller puts it. */
struct ruleset *shipped_rules(const struct config *shipped, const char *behaviour,
			      const char *service, const struct tcp_settings *settings);

struct alone {
	const struct responder_limits *limits;
	uint64_t seed;
	nstime begin;
	const char *address; /* every address of its family is a client's */
	uint16_t port_from, port_to;
	struct ruleset *rules;
	uint32_t amplification; /* 0: no bound */
};

/* Initializes a responder on this link; the test releases it. */
void alone_begin(struct responder *r, struct link *l, const struct alone *a);

#endif
