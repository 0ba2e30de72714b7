/* SPDX-License-Identifier: MIT */
/* The command line of synackctl. */
#ifndef SYNACKCTL_INVOCATION_H
#define SYNACKCTL_INVOCATION_H

#include "commands.h"

#include <stdbool.h>

struct invocation {
	bool json;
	bool help;
	bool version;
	bool bridge; /* for a synackctl on another machine */
	struct request request;
};

/*
 * Read the words, to which *in points from then on. Options that hold for all output are in force
 * at once: --json for complaints, --quiet and --color. Returns false after a complaint about what
 * is wrong; the command is set if it is known.
 */
bool invocation_read(struct invocation *in, int argc, char **argv);

#endif
