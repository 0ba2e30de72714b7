/* SPDX-License-Identifier: MIT */
/* scenarios: selects scenarios of a suite. */
#ifndef SYNACKCTL_SCENARIOS_H
#define SYNACKCTL_SCENARIOS_H

#include <jansson.h>

/* Returns the scenarios of `all` (as in the result of METHOD_SUITES) that the comma-separated list
 * `names` contains, in the order of the suite; all scenarios if `names` is NULL. The caller
 * releases the array. Returns NULL after a complaint if a name is unknown or the list is empty. */
json_t *scenarios_choose(json_t *all, const char *names);

#endif
