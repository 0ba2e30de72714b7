/* SPDX-License-Identifier: MIT */
/* What the main thread keeps: the config, what was changed live, links, guards, and the worker. */
#ifndef SYNACKD_DAEMON_H
#define SYNACKD_DAEMON_H

#include "config/config.h"
#include "options.h"
#include "worker.h"

/* An endpoint as it runs: the config's, and what was changed since. */
struct live {
	char *name;
	uint32_t number;       /* the same for the same name as long as the daemon runs */
	struct ruleset *rules; /* counted */
	char *problem;         /* why it does not answer; NULL: it does */
	unsigned guards;
	int *guard; /* a socket for each port */
};

struct daemon {
	const struct options_given *options;
	struct config *config;
	unsigned lives; /* one for each of config->endpoints, in its order */
	struct live *live;
	struct worker *worker;
	uint64_t seed;
	uint32_t last_number;
	nstime started; /* monotonic */
};

/* Take the config over, open links and guards. Returns EXIT_SUCCESS, or the exit code when nothing
 * can be listened to; that was explained then. */
int daemon_open(struct daemon *d, struct config *config, const struct options_given *options);
void daemon_close(struct daemon *d);

struct live *daemon_find(struct daemon *d, const char *endpoint);
const struct endpoint_config *daemon_config_of(const struct daemon *d, const struct live *l);
/* What an endpoint does now, as written. */
const char *daemon_behaviour(const struct daemon *d, const struct live *l);

/* Give an endpoint another behaviour. False: what is wrong with the text is in `diag`. */
bool daemon_set(struct daemon *d, struct live *l, const char *behaviour, struct diag *diag);
/* Undo that; true if there was something to undo. */
bool daemon_reset(struct daemon *d, struct live *l);

/* Read the config again: all or nothing. False: errors are in `diag`, and the old one goes on. */
bool daemon_reload(struct daemon *d, struct diag *diag);

#endif
