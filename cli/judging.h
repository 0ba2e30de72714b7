/* SPDX-License-Identifier: MIT */
/* judging: one invocation of `judge`, and its requests to the daemon. */
#ifndef SYNACKCTL_JUDGING_H
#define SYNACKCTL_JUDGING_H

#include "commands.h"
#include "runs.h"

#include <time.h>

#define JUDGE_PREFIX "judge/" /* prefix of the names of its endpoints */

/* Indices into command_judge.options. */
enum {
	SUITE,
	SCENARIO,
	PROFILE,
	JOBS,
	KERNEL,
	LIVE,
	IPV6,
	SEED,
	LOAD,
	ALL,
	TAP,
	JUNIT,
	EVIDENCE,
	BE_CLIENT,
	CLIENT
};

struct judging {
	const struct request *request;
	bool json;
	const char *hosts; /* hosts file of the sandbox; NULL if there is none */
	struct client *client;
	json_t *scenarios; /* owned */
	struct runs runs;
	char **words;
	struct timespec began; /* start of the suite, by the wall clock */
	nstime since;          /* the same time, by the clock of the daemon */
	nstime took;
};

/* Returns the name of the suite; `connect` by default. */
const char *judging_suite(const struct judging *j);

/* Sends a request. Takes ownership of `params`. Returns the result, which the caller releases, or
 * NULL with the reason in *why, which the caller frees. */
json_t *judging_ask(const struct judging *j, const char *method, json_t *params, char **why);
/* As judging_ask(), but reports the reason with complain(). */
json_t *judging_ask_or_complain(const struct judging *j, const char *method, json_t *params);

/* Returns false after a complaint if the profile of --profile is unknown. Called before the suite
 * runs, which can take minutes. */
bool judging_has_profile(const struct judging *j);

/* Returns the card (card.h) of the runs, which the caller releases, or NULL after a complaint if
 * the daemon does not answer. */
json_t *judging_card(const struct judging *j);

#endif
