/* SPDX-License-Identifier: MIT */
/* The endpoints of `judge`: one for each scenario of the suite. */
#ifndef SYNACKCTL_JUDGE_ENDPOINTS_H
#define SYNACKCTL_JUDGE_ENDPOINTS_H

#include "judging.h"

#include <stdbool.h>

/* Make the runs of j->scenarios, and ask the daemon for an endpoint for each. One that cannot be
 * had is skipped, with the reason. */
void judge_endpoints_add(struct judging *j);

/* Wait until the endpoints answer, or interrupt_came(); those whose address turns out to be in use
 * are skipped. Returns false after a complaint if that takes too long. */
bool judge_endpoints_await(struct judging *j);

/* Write the hosts file of the sandbox. Returns false after a complaint. */
bool judge_endpoints_write_hosts(const struct judging *j);

/* Remove the endpoints from the daemon. */
void judge_endpoints_remove(const struct judging *j);

#endif
