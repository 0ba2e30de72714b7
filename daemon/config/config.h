/* SPDX-License-Identifier: MIT */
/* synackd.conf and what it names, as read: checked, but nothing is opened yet. */
#ifndef SYNACKD_CONFIG_CONFIG_H
#define SYNACKD_CONFIG_CONFIG_H

#include "base/log.h"
#include "catalogue/catalogue.h"
#include "config/endpoint_config.h"
#include "config/tuns.h"
#include "engine/allowed.h"
#include "engine/loops.h"
#include "judge/profile.h"
#include "judge/suite.h"

/* Which processes may ask over the control socket, beside those that may change things. */
enum control_read { READ_GROUP, READ_EVERYONE };

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

/*
 * Read `path`, a main file, and the files that it loads: without a key `load`, the behaviours,
 * suites and profiles in the directory `shipped` (NULL: no files). `clients`, `endpoints` and
 * `catalogues` of loaded files are added to those of the main file. All errors of meaning are
 * collected in `diag`, of each file the first syntax error only. Returns NULL if there was any
 * error. Warnings leave the config usable.
 */
struct config *config_load(const char *path, const char *shipped, struct diag *diag);
void config_free(struct config *c); /* NULL is fine */

#endif
