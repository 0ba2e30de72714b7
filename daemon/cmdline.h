/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_CMDLINE_H
#define SYNACKD_CMDLINE_H

#include "base/clock.h"
#include "base/log.h"

/* The command line. */
struct cmdline {
	const char *config;
	const char *shipped;   /* the directory of the shipped behaviours, suites and profiles */
	const char *control;   /* NULL: the config's */
	const char *replay_in; /* NULL: live */
	const char *replay_out;
	const char *user; /* NULL: the config's */
	bool check_config;
	bool strict; /* with check_config: warnings are errors */
	bool no_verify;
	nstime drain;
	bool has_seed;
	uint64_t seed;
	bool has_log_level;
	enum log_level log_level;
	unsigned interfaces;
	const char **interface; /* owned */
};

/* Read it. Returns -1 to go on, else the exit code, sysexits(3): of --help and --version, or of a
 * mistake, which was then explained. */
int cmdline_read(int argc, char **argv, struct cmdline *out);

#endif
