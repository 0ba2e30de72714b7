/* SPDX-License-Identifier: MIT */
/* One run of `judge`, and what is asked of the daemon for it. */
#ifndef SYNACKCTL_JUDGING_H
#define SYNACKCTL_JUDGING_H

#include "commands.h"
#include "runs.h"

#include <time.h>

#define JUDGE_PREFIX "judge/" /* of the names of its endpoints */

/* By index in command_judge.options. */
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
	const char *hosts; /* the sandbox's; NULL: there is none */
	struct client *client;
	json_t *scenarios; /* owned */
	struct runs runs;
	char **words;
	struct timespec began; /* the suite, by the wall clock */
	nstime since;          /* when that was, by the daemon's clock */
	nstime took;
};

/* The name of the suite; `connect` if the user gave none. */
const char *judging_suite(const struct judging *j);

/* The result, the caller's; or NULL, and why is *why (the caller's). Takes `params` over. */
json_t *judging_ask(const struct judging *j, const char *method, json_t *params, char **why);
/* Likewise, and says why. */
json_t *judging_ask_or_complain(const struct judging *j, const char *method, json_t *params);

/* A slip in the profile's name is found before the suite, not after it: false, and said. */
bool judging_has_profile(const struct judging *j);

/* The card (card.h) of what was run; the caller's. NULL, and said, when the daemon does not tell.
 */
json_t *judging_card(const struct judging *j);

#endif
