/* SPDX-License-Identifier: MIT */
/* The scenarios of a suite, each met by the user's client, as many at once as is wanted. */
#ifndef SYNACKCTL_RUNS_H
#define SYNACKCTL_RUNS_H

#include "base/clock.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

enum run_state { RUN_WAITS, RUN_RUNS, RUN_WATCHES, RUN_OVER };

struct run {
	const json_t *scenario; /* borrowed */
	const char *name;       /* the scenario's; borrowed */
	char *endpoint;         /* its name; owned */
	char *address, *port;   /* owned */
	char *skipped;          /* why it is not run; NULL: it is. Owned */
	enum run_state state;
	pid_t pid;
	json_int_t left;     /* connections to make, this one among them */
	int code;            /* how the last one ended, as a shell has it */
	bool killed;         /* it took too long */
	bool cut;            /* the user interrupted it, or it was not begun by then */
	nstime began, until; /* of this state */
	nstime took;         /* of all its connections */
};

struct runs {
	struct run *run;
	size_t count;
	char *const *words; /* of the command, with {names} in them; ends with NULL */
	size_t at_once;
	nstime limit; /* for one connection, over what the scenario needs */
	bool quiet;   /* no progress bar */
	int output;   /* where the command's output goes */
};

/*
 * Run them all, until interrupt_came(): what is not over then is cut. On a terminal standard error
 * shows how far it is. Returns false, after a complaint, if the command cannot be run at all.
 */
bool runs_do(struct runs *all);

/* Whether the command said anything; if so the first line of it, cut to `size`. */
bool runs_first_line(const struct runs *all, char *out, size_t size);
/* How it went, as a card's "scenarios" has it; the caller's. */
json_t *runs_describe(const struct runs *all);
void runs_free(struct runs *all);

#endif
