/* SPDX-License-Identifier: MIT */
/* One endpoint as the config has it: checked and compiled, but nothing is opened for it. */
#ifndef SYNACKD_CONFIG_ENDPOINT_CONFIG_H
#define SYNACKD_CONFIG_ENDPOINT_CONFIG_H

#include "base/diag.h"
#include "behaviour/rule.h"
#include "catalogue/catalogue.h"
#include "service/service.h"
#include "tcp/settings.h"
#include "wire/addr.h"

/* A loopback address of an endpoint's own, for behaviours that must not be at 127.0.0.1. */
#define ENDPOINT_OWN_LOOPBACK "127.7.0.1"

/* From an `endpoints` entry, or made of a `catalogues` entry. What it points to is owned, but
 * `file`. */
struct endpoint_config {
	char *name;
	struct prefix address;
	char *interface; /* where to answer for it, if the kernel does not; "" finds out */
	bool probe;      /* ask whether it is free, if the kernel does not have it */
	uint16_t port_from, port_to; /* both inclusive */
	char *behaviour;             /* as written, "synack-delay=3s" */
	struct ruleset *rules;       /* `behaviour` compiled upon the endpoint's own keys */
	struct tcp_settings tcp;     /* the endpoint's own keys, without the behaviour's `use` */
	struct service service;
	unsigned line;         /* where it is defined */
	unsigned service_line; /* likewise its service */
	const char *file;
};

/* What a zeroed one has when no key is given, except the keys of `endpoints` alone. */
void endpoint_config_defaults(struct endpoint_config *e);

/* Why this cannot be the name of an endpoint, as a message that the caller frees; NULL: it can. */
char *endpoint_config_name_problem(const char *name);

/* An endpoint as words: what is NULL has its default, but name, address and ports have none. */
struct endpoint_words {
	const char *name, *address, *ports, *behaviour, *service, *interface;
};

/*
 * Make an endpoint that no config names; `catalogue` has its behaviours. The caller releases and
 * frees it. Returns NULL if a word is invalid: which one, and why, is in `diag`.
 */
struct endpoint_config *endpoint_config_make(const struct catalogue *catalogue,
					     const struct endpoint_words *words, struct diag *diag);
void endpoint_config_release(struct endpoint_config *e); /* what is in it, not itself */

/* May these rules run at the endpoint's address? Not where they would change connections of the
 * host that are none of ours. */
bool endpoint_config_may_run(const struct endpoint_config *e, const struct ruleset *rules);

/* Replace the numbers of behaviours in e->behaviour by their names. */
void endpoint_config_name_behaviours(struct endpoint_config *e, const struct catalogue *catalogue);

/*
 * What `text` makes of this endpoint: behaviour_compile() upon its keys, which see. Returns NULL
 * also if endpoint_config_may_run() is false for the rules, which is an error in `diag`.
 */
struct ruleset *endpoint_config_compile(const struct endpoint_config *e,
					const struct catalogue *catalogue, const char *text,
					struct diag *diag, const char *file, unsigned line,
					const char *key);

/* How many ports it has, less one. */
unsigned endpoint_config_width(const struct endpoint_config *e);

/*
 * Which of a list a name means: a name, or ADDRESS:PORT, [ADDRESS]:PORT of the one that answers
 * there. Entries that are NULL are none. -1: there is none.
 */
int endpoint_config_find(const struct endpoint_config *const *list, unsigned count,
			 const char *name);

/* Two that cannot be told apart: at the same address, as many ports, and one of them in both. */
bool endpoint_config_clash(const struct endpoint_config *a, const struct endpoint_config *b);

/* Which of a list answers at a place (the longest prefix, then the fewest ports); entries that are
 * NULL are none. -1: no endpoint does. The port is in host byte order. */
int endpoint_config_at(const struct endpoint_config *const *list, unsigned count,
		       const struct addr *address, uint16_t port);

#endif
