/* SPDX-License-Identifier: MIT */
/* Lists of what a client is to meet. The checks know nothing of them: they read what happened. */
#ifndef SYNACKD_JUDGE_SUITE_H
#define SYNACKD_JUDGE_SUITE_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A behaviour, and the client that it needs. */
struct scenario {
	char *name;
	char *behaviour; /* as an operator writes it */
	char *service;
	char *needs;          /* of the client, for people */
	uint32_t octets;      /* that the client is to send */
	nstime stay;          /* for how long it is to stay then, before it closes */
	nstime pause;         /* for how long it is to read nothing, from the beginning */
	uint32_t connections; /* how many, one after the other */
	nstime watch;         /* how long to look on once it has ended */
	bool fake;            /* takes so long that only a test on a fake clock waits for it */
	uint8_t family;       /* 0: any; 4 or 6 */
};

struct suite {
	char *name;
	char *summary;
	char *includes; /* names of other suites, with commas, whose scenarios come first */
	unsigned scenarios;
	struct scenario *scenario;
	const char *file; /* where it is defined */
	unsigned line;
};

struct suites {
	unsigned count;
	struct suite *suite;
};

void suites_free(struct suites *s);

/* The name of the i-th suite of a struct suites, for suggest(). Returns NULL past the last. */
const char *suite_name_at(size_t i, const void *suites);

/* The suite of this name. Returns NULL if there is none. */
const struct suite *suite_find(const struct suites *s, const char *name);

/* The scenarios of a suite and of those it includes, one after the other: the i-th, NULL past the
 * last. */
const struct scenario *suite_scenario(const struct suites *all, const struct suite *s, unsigned i);

#endif
