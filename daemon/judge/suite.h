/* SPDX-License-Identifier: MIT */
/* suite: lists of scenarios. The checks do not use them: they read the trace. */
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
	char *needs;          /* requirement on the client, for people */
	uint32_t octets;      /* octets that the client should send */
	nstime stay;          /* time from its last octet until the client should close */
	nstime pause;         /* time at the beginning in which the client should not read */
	uint32_t connections; /* number of connections, in sequence */
	nstime watch;         /* time to watch after the client has ended */
	bool fake;            /* takes too long except in a test with a fake clock */
	uint8_t family;       /* 0: any; 4 or 6 */
};

struct suite {
	char *name;
	char *summary;
	char *includes; /* names of other suites, separated by commas; their scenarios come first */
	unsigned scenarios;
	struct scenario *scenario;
	const char *file; /* file that defines it */
	unsigned line;
};

struct suites {
	unsigned count;
	struct suite *suite;
};

void suites_free(struct suites *s);

/* Returns the name of suite `i` of a struct suites, for suggest(), or NULL past the last. */
const char *suite_name_at(size_t i, const void *suites);

/* Returns the suite with this name, or NULL if there is none. */
const struct suite *suite_find(const struct suites *s, const char *name);

/*
 * Returns scenario `i` of a suite and of the suites that it includes, in order; NULL past the last.
 */
const struct scenario *suite_scenario(const struct suites *all, const struct suite *s, unsigned i);

#endif
