/* SPDX-License-Identifier: MIT */
/* synackd.conf and what it names, as read: checked, but nothing is opened yet. */
#ifndef SYNACKD_CONFIG_CONFIG_H
#define SYNACKD_CONFIG_CONFIG_H

#include "base/log.h"
#include "behaviour/catalogue.h"
#include "judge/profile.h"
#include "judge/suite.h"
#include "schema/schema.h"

/* One endpoint, from an `endpoints` entry or made of a `catalogues` entry. */
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

/* A TUN device of ours, and the networks that the kernel routes to it. */
struct tun_config {
	char *name;
	unsigned networks;
	struct prefix *network;
	uint16_t mtu;
	bool persistent;
};

/* Bounds of a peer that answers our SYN as a server does (engine/loops.h); 0: no bound. */
struct loop_limits {
	uint32_t syns;     /* from and to the same addresses and ports, until it is quiet */
	uint32_t segments; /* a second */
	size_t octets;     /* likewise */
};

/* Clients that are answered, and how much each may be sent before it has proved its address. */
struct allowed {
	struct prefix network;
	uint32_t amplification; /* octets for each that came; 0: no bound */
	size_t rate;            /* octets a second beyond those that came; 0: no bound */
	bool tun;               /* it is the network of a TUN device of ours */
};

/* Who may ask over the control socket, beside those who may change things. */
enum control_read { READ_GROUP, READ_EVERYONE };

#define WORKERS_MAX 64

struct config {
	char *path; /* of the main file */
	char *control_path;
	char *control_group;  /* "" for none */
	uint8_t control_read; /* enum control_read */
	char *user;           /* "" to stay who we are */
	enum log_level log_level;
	bool has_seed;
	uint64_t seed;
	uint32_t workers;  /* 0: as many as there are CPUs */
	size_t trace_size; /* octets of the ring of one worker */
	uint32_t half_open_max;
	uint32_t connections_max;
	uint32_t delayed_max;   /* segments that wait to be sent, or are held */
	size_t reflection_rate; /* octets a second beyond those that came; engine/amplification.h */
	struct loop_limits loops;
	bool probe;          /* ask for virtual addresses before they are used */
	unsigned interfaces; /* `interfaces`; none: those that own an endpoint's address, and lo */
	char **interface;
	unsigned tuns;
	struct tun_config *tun;
	unsigned clients; /* the allow-list, the networks of tuns among them */
	struct allowed *client;
	unsigned endpoints;
	struct endpoint_config *endpoint;
	struct catalogue catalogue;
	struct suites suites;
	unsigned profiles;
	struct profile *profile;
};

/* A table of keys, and the group that takes it: "" is the top level. A group may have several. */
struct key_group {
	const char *name;
	const struct key *keys;
	const size_t *count;
};

/* All of them, for help texts and tests; ends with a NULL name. */
extern const struct key_group config_groups[];

/*
 * Read `path` and the files it loads. All errors of meaning are collected in `diag`, of each file
 * the first syntax error only. Returns NULL when there was any error. Warnings leave the config
 * usable.
 */
struct config *config_load(const char *path, struct diag *diag);
void config_free(struct config *c);

/* The TUN device that an address, or all of a network, is on. NULL: none. */
const struct tun_config *config_tun_of(const struct config *c, const struct prefix *p);

/* Is any of these clients answered? */
bool config_answers(const struct config *c, const struct prefix *clients);

/* What is known of a client by this name; NULL: nothing. */
const struct profile *config_profile(const struct config *c, const char *name);

/* An endpoint as words: what is NULL has its default, but name, address and ports have none. */
struct endpoint_words {
	const char *name, *address, *ports, *behaviour, *service, *interface;
};

/*
 * Make an endpoint that no config names; `catalogue` has its behaviours. The caller's, to be
 * released and freed; NULL: what is wrong with which word is in `diag`.
 */
struct endpoint_config *endpoint_config_make(const struct catalogue *catalogue,
					     const struct endpoint_words *words, struct diag *diag);
void endpoint_config_release(struct endpoint_config *e); /* what is in it, not itself */

/*
 * What `text` makes of this endpoint: behaviour_compile() upon its keys, which see. NULL also when
 * it may not be at this address.
 */
struct ruleset *endpoint_config_compile(const struct endpoint_config *e,
					const struct catalogue *catalogue, const char *text,
					struct diag *diag, const char *file, unsigned line,
					const char *key);

/*
 * Which of a list a name means: a name, or ADDRESS:PORT, [ADDRESS]:PORT of the one that answers
 * there. Entries that are NULL are none. -1: there is none.
 */
int endpoint_config_find(const struct endpoint_config *const *list, unsigned count,
			 const char *name);

/* Two that cannot be told apart: at the same address, as many ports, and one of them in both. */
bool endpoint_config_clash(const struct endpoint_config *a, const struct endpoint_config *b);

/* Which of a list answers at a place; entries that are NULL are none. -1: nobody does. */
int endpoint_config_at(const struct endpoint_config *const *list, unsigned count,
		       const struct addr *address, uint16_t port);

/*
 * Find the addresses of the servers that endpoints relay to, as far as they are not known yet,
 * which may ask the network, for 5 s at most: for what is about to be used, not for what is
 * replayed. Nobody uses those rules yet. One thread at a time. False: what is wrong is in `diag`,
 * also that a relay leads to a relay.
 */
bool endpoint_configs_resolve(const struct endpoint_config *const *list, unsigned count,
			      struct diag *diag);
bool config_resolve(const struct config *c, struct diag *diag); /* all of its endpoints */

#endif
