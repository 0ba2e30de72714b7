/* SPDX-License-Identifier: MIT */
/* exit_code: the exit codes of synackctl. `try` also exits with the code of its command, and
 * `judge` with 128 + N after signal N. */
#ifndef SYNACKCTL_EXIT_CODE_H
#define SYNACKCTL_EXIT_CODE_H

enum exit_code {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,   /* the daemon refused the request, or a file could not be written */
	EXIT_USAGE = 2,     /* invalid command line, argument or name */
	EXIT_NO_DAEMON = 3, /* no daemon listens, or access is denied */
};

#endif
