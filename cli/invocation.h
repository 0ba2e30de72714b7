/* SPDX-License-Identifier: MIT */
/* invocation: parses the command line of synackctl. */
#ifndef SYNACKCTL_INVOCATION_H
#define SYNACKCTL_INVOCATION_H

#include "commands.h"

#include <stdbool.h>

struct invocation {
	bool json;
	bool help;
	bool version;
	bool bridge; /* the process is the remote end of `synackctl --host` */
	struct request request;
};

/* Parses the arguments. The strings of *in are those of argv. --json takes effect at once for
 * complaints, --quiet and --color for all output. Returns false after a complaint;
 * `request.command` is set if the command was known. */
bool invocation_read(struct invocation *in, int argc, char **argv);

#endif
