/* SPDX-License-Identifier: MIT */
/* cmdline: the command line of synackd. */
#ifndef SYNACKD_CMDLINE_H
#define SYNACKD_CMDLINE_H

#include "base/clock.h"
#include "base/log.h"

/* The options of the command line. */
struct cmdline {
	const char *config;
	const char *shipped;   /* the directory of the shipped behaviours, suites and profiles */
	const char *control;   /* NULL: the path in the config */
	const char *replay_in; /* NULL: a live run */
	const char *replay_out;
	const char *user; /* NULL: the user in the config */
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

/* Reads the command line. Returns -1 if the program is to continue, or else the exit code
 * (sysexits(3)): after --help and --version, or after an error, which was printed. */
int cmdline_read(int argc, char **argv, struct cmdline *out);

#endif
