/* SPDX-License-Identifier: MIT */
/* How synackctl exits, beside the exit codes of what `try` and `judge` run. */
#ifndef SYNACKCTL_EXIT_CODE_H
#define SYNACKCTL_EXIT_CODE_H

enum exit_code {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,   /* the daemon did */
	EXIT_USAGE = 2,     /* usage, or a name that does not exist */
	EXIT_NO_DAEMON = 3, /* none there, or none that lets us in */
};

#endif
