/* SPDX-License-Identifier: MIT */
/* judge_endpoints: the endpoints of `judge`, one for each scenario. */
#ifndef SYNACKCTL_JUDGE_ENDPOINTS_H
#define SYNACKCTL_JUDGE_ENDPOINTS_H

#include "judging.h"

#include <stdbool.h>

/* Creates the runs of j->scenarios, and adds an endpoint to the daemon for each. If the daemon
 * refuses one, the run is skipped, with the reason. */
void judge_endpoints_add(struct judging *j);

/* Waits until the endpoints answer, or until a signal: see interrupt_came(). Runs whose address is
 * in use are skipped. Returns false after a complaint if the wait takes too long. */
bool judge_endpoints_await(struct judging *j);

/* Writes the hosts file of the sandbox. Returns false after a complaint. */
bool judge_endpoints_write_hosts(const struct judging *j);

/* Removes the endpoints from the daemon. */
void judge_endpoints_remove(const struct judging *j);

#endif
