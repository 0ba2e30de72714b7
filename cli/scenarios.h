/* SPDX-License-Identifier: MIT */
/* Which scenarios of a suite are to be met. */
#ifndef SYNACKCTL_SCENARIOS_H
#define SYNACKCTL_SCENARIOS_H

#include <jansson.h>

/* Those of `all` (as the method `suites` has them) that `names`, a list with commas, names, in the
 * order of the suite; all of them when it is NULL. The caller's; NULL, and said, when it names one
 * that is not there, or none. */
json_t *scenarios_choose(json_t *all, const char *names);

#endif
