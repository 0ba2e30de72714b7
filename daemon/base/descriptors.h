/* SPDX-License-Identifier: MIT */
/*
 * File descriptors, of which RLIMIT_NOFILE permits so many. The last ones are kept for the control
 * socket, the log, and reads of the config: what clients or the number of endpoints decide on
 * (relay sockets, guards) must not take them. The limit is read again each time, as prlimit(1) may
 * change it. Safe in any thread.
 */
#ifndef SYNACKD_BASE_DESCRIPTORS_H
#define SYNACKD_BASE_DESCRIPTORS_H

#include <stdbool.h>

#define DESCRIPTORS_KEPT_MAX 128 /* of a small limit a quarter */
#define DESCRIPTORS_A_CHANGE 8   /* that a reload, or an endpoint that is added, opens at once */

void descriptors_raise(void);     /* the soft limit to the hard one */
unsigned descriptors_limit(void); /* the soft limit */
unsigned descriptors_kept(void);  /* how many of them are kept */

/*
 * `fd`, unless its number is one of those that are kept: then it is closed, and the result is -1
 * with errno EMFILE. The kernel gives the lowest number that is free, so no other one is left then.
 * -1 stays -1, with its errno.
 */
int descriptor_not_kept(int fd);

/* How many can be opened without those that are kept, if there are no gaps between open ones. */
unsigned descriptors_left(void);

/* Can DESCRIPTORS_A_CHANGE of them be opened now, kept ones included? */
bool descriptors_for_a_change(void);
#define DESCRIPTORS_MISSING                                                                   \
	"too few file descriptors are left: close control clients, or raise LimitNOFILE= or " \
	"`ulimit -n`" /* that they cannot be, for an operator */

#endif
