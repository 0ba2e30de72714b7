/* SPDX-License-Identifier: MIT */
/*
 * bench: a network on a fake clock.
 *
 * The responder has an endpoint for each scenario of a suite, and each scenario has clients of its
 * own. All run at the same time, and the judge examines the packets on the wire.
 */
#ifndef SYNACKD_TESTS_JUDGE_BENCH_H
#define SYNACKD_TESTS_JUDGE_BENCH_H

#include "client.h"
#include "config/config.h"
#include "engine/engine.h"

struct bench {
	struct config *config;
	unsigned scenarios;
	const struct scenario **scenario;
	struct ruleset **rules; /* NULL: the scenario's behaviour does not exist (yet) */
	const char *wanted;     /* only this scenario; NULL: all */
};

/* Loads the shipped suites and behaviours, and selects one suite. Returns false after printing an
 * error. */
bool bench_open(struct bench *b, const char *suite, const char *wanted);
void bench_close(struct bench *b);

struct bench_run {
	struct dialogs dialogs;
	struct verdicts verdicts;
};

/* Runs the bench for a client with this quirk (NULL: a conforming one) over IPv4 or IPv6. */
void bench_run(const struct bench *b, const struct quirk *q, bool v4, uint64_t seed,
	       struct bench_run *out);
void bench_run_free(struct bench_run *run);

/* Prints the packets of a dialog. Marks the arrows that decided the finding. */
void bench_print(const struct dialog *d, const struct finding *f);

#endif
