/* SPDX-License-Identifier: MIT */
/* endpoint_config: one endpoint of the config, checked and compiled. Nothing is opened for it. */
#ifndef SYNACKD_CONFIG_ENDPOINT_CONFIG_H
#define SYNACKD_CONFIG_ENDPOINT_CONFIG_H

#include "base/diag.h"
#include "behaviour/rule.h"
#include "catalogue/catalogue.h"
#include "service/service.h"
#include "tcp/settings.h"
#include "wire/addr.h"

/* A loopback address for behaviours that must not be at 127.0.0.1. */
#define ENDPOINT_OWN_LOOPBACK "127.7.0.1"

/* An endpoint, from an entry of `endpoints` or made from an entry of `catalogues`. It owns its
 * pointers, except `file`. */
struct endpoint_config {
	char *name;
	struct prefix address;
	char *interface; /* where to answer for a virtual address; "": found by the networks of the
			    interfaces */
	bool probe;      /* probe whether a virtual address is free */
	uint16_t port_from, port_to; /* both inclusive, in host byte order */
	char *behaviour;             /* the text as written: "synack-delay=3s" */
	struct ruleset *rules;       /* `behaviour`, compiled with the keys of the endpoint */
	struct tcp_settings tcp;     /* the keys of the endpoint, without `use` of the behaviour */
	struct service service;
	unsigned line;         /* line of its definition */
	unsigned service_line; /* line of its service */
	const char *file;
};

/* Sets the defaults in a zeroed struct, except for the keys that only `endpoints` has. */
void endpoint_config_defaults(struct endpoint_config *e);

/* Returns NULL if `name` is valid for an endpoint, or else a message that the caller frees. */
char *endpoint_config_name_problem(const char *name);

/* The keys of an endpoint as words. NULL is the default; name, address and ports have none. */
struct endpoint_words {
	const char *name, *address, *ports, *behaviour, *service, *interface;
};

/*
 * Makes an endpoint that is not in the config. Behaviours are looked up in `catalogue`. The caller
 * calls endpoint_config_release() and frees the result. Returns NULL if a word is invalid; the
 * error is in `diag`.
 */
struct endpoint_config *endpoint_config_make(const struct catalogue *catalogue,
					     const struct endpoint_words *words, struct diag *diag);
void endpoint_config_release(struct endpoint_config *e); /* frees the contents, not *e */

/* Returns true if these rules may run at the address of the endpoint. Returns false if they would
 * change connections of this host that do not belong to synackd. */
bool endpoint_config_may_run(const struct endpoint_config *e, const struct ruleset *rules);

/* Replaces the numbers of behaviours in e->behaviour by their names. */
void endpoint_config_name_behaviours(struct endpoint_config *e, const struct catalogue *catalogue);

/*
 * Compiles `text` with the keys of this endpoint, as behaviour_compile() does. Also returns NULL,
 * with an error in `diag`, if endpoint_config_may_run() is false for the rules.
 */
struct ruleset *endpoint_config_compile(const struct endpoint_config *e,
					const struct catalogue *catalogue, const char *text,
					struct diag *diag, const char *file, unsigned line,
					const char *key);

/* Returns the number of ports minus one. */
unsigned endpoint_config_width(const struct endpoint_config *e);

/*
 * Finds an endpoint by name, or as ADDRESS:PORT or [ADDRESS]:PORT by the place at which it answers.
 * Returns its index in the list, or -1 if there is none. Ignores entries that are NULL.
 */
int endpoint_config_find(const struct endpoint_config *const *list, unsigned count,
			 const char *name);

/* Returns true if two endpoints conflict: they have the same address, the same number of ports, and
 * a port in common. */
bool endpoint_config_clash(const struct endpoint_config *a, const struct endpoint_config *b);

/* Returns the index of the endpoint that answers at a place: the one with the longest prefix, then
 * the fewest ports. Returns -1 if there is none. Ignores entries that are NULL. `port` is in host
 * byte order. */
int endpoint_config_at(const struct endpoint_config *const *list, unsigned count,
		       const struct addr *address, uint16_t port);

#endif
