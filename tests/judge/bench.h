/* SPDX-License-Identifier: MIT */
/*
 * A network on a fake clock: the responder with an endpoint for each scenario of a suite, a client
 * for each, all at the same time, and the judge over what crossed the wire.
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
	const char *wanted;     /* only this scenario; NULL: all of them */
};

/* The shipped suites and behaviours, and of these one suite. False: said why. */
bool bench_open(struct bench *b, const char *suite, const char *wanted);
void bench_close(struct bench *b);

struct bench_run {
	struct dialogs dialogs;
	struct verdicts verdicts;
};

/* Run it for a client with this quirk (NULL: a conforming one) over IPv4 or IPv6. */
void bench_run(const struct bench *b, const struct quirk *q, bool v4, uint64_t seed,
	       struct bench_run *out);
void bench_run_free(struct bench_run *run);

/* What crossed the wire of a dialog, for people; the verdict's deciding arrows are marked. */
void bench_print(const struct dialog *d, const struct finding *f);

#endif
