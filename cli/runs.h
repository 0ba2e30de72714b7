/* SPDX-License-Identifier: MIT */
/* runs: runs the client of the user against the scenarios of a suite, several at a time. */
#ifndef SYNACKCTL_RUNS_H
#define SYNACKCTL_RUNS_H

#include "base/clock.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

enum run_state { RUN_WAITS, RUN_RUNS, RUN_WATCHES, RUN_OVER };

struct run {
	const json_t *scenario; /* not owned */
	const char *name;       /* of the scenario; not owned */
	char *endpoint;         /* name of its endpoint; owned */
	char *address, *port;   /* owned */
	char *skipped;          /* reason why it is not run, or NULL; owned */
	enum run_state state;
	pid_t pid;
	json_int_t left;     /* remaining connections, including the current one */
	int code;            /* exit code of the last client, as a shell reports it */
	bool killed;         /* it exceeded its time */
	bool cut;            /* the suite was interrupted before it was complete */
	nstime began, until; /* start and planned end of `state` */
	nstime took;         /* total time of all its connections */
};

struct runs {
	struct run *run;
	size_t count;
	char *const *words; /* the command, with placeholders; ends with NULL */
	size_t at_once;
	nstime limit; /* for one connection, in addition to the time that the scenario needs */
	bool quiet;   /* no progress bar */
	int output;   /* descriptor for the output of the commands */
};

/* Runs all scenarios. After a signal (see interrupt_came()), ends the runs that are not complete,
 * and marks them as `cut`. On a terminal, standard error shows the progress. Returns false after a
 * complaint if the command cannot be executed. */
bool runs_do(struct runs *all);

/* Copies the first line of output of the commands, cut to `size`. Returns false if it is empty. */
bool runs_first_line(const struct runs *all, char *out, size_t size);
/* Returns the member "scenarios" of a card. The caller releases it. */
json_t *runs_describe(const struct runs *all);
void runs_free(struct runs *all);

#endif
