/* SPDX-License-Identifier: MIT */
/* config: synackd.conf and the files that it loads, read and checked. Nothing is opened yet. */
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

/* Processes that may read at the control socket. A process that may make changes may also read. */
enum control_read { READ_GROUP, READ_EVERYONE };

struct config {
	char *path; /* path of the main file */
	char *control_path;
	char *control_group;  /* "": none */
	uint8_t control_read; /* enum control_read */
	char *user;           /* "": keep the user */
	enum log_level log_level;
	bool has_seed;
	uint64_t seed;
	uint32_t workers;  /* 0: one per CPU */
	size_t trace_size; /* size of the ring of one worker, in octets */
	uint32_t half_open_max;
	uint32_t connections_max;
	uint32_t time_wait_max;
	uint32_t delayed_max;   /* delayed or held segments */
	size_t reflection_rate; /* octets per second beyond the received octets;
				   engine/amplification.h */
	struct loop_limits loops;
	bool probe;          /* probe virtual addresses before they are used */
	unsigned interfaces; /* 0: lo, and the interfaces that own the address of an endpoint */
	char **interface;
	unsigned tuns;
	struct tun_config *tun;
	unsigned clients; /* the allow-list, including the networks of tuns */
	struct allowed *client;
	unsigned endpoints;
	struct endpoint_config *endpoint;
	struct catalogue catalogue;
	struct suites suites;
	unsigned profiles;
	struct profile *profile;
};

/*
 * Reads the main file `path` and the files that it loads. Without the key `load` these are the
 * behaviours, suites and profiles in the directory `shipped` (NULL: none). `clients`, `endpoints`
 * and `catalogues` of loaded files are added to the same keys of the main file.
 *
 * Reports all errors in `diag`, but of each file only the first syntax error. Returns NULL if there
 * was an error. Warnings leave the config usable.
 */
struct config *config_load(const char *path, const char *shipped, struct diag *diag);
void config_free(struct config *c); /* NULL is ignored */

#endif
