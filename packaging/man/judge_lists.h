/* SPDX-License-Identifier: MIT */
/* judge_lists: the suites, profiles and clauses of synackctl-judge(1), in mdoc(7). */
#ifndef SYNACKD_PACKAGING_MAN_JUDGE_LISTS_H
#define SYNACKD_PACKAGING_MAN_JUDGE_LISTS_H

#include "config/config.h"

/* Print an entry for each suite: its summary, and the number of scenarios that `judge` runs. */
void judge_list_suites(const struct config *c);

/* Print an entry for each profile, with its summary. */
void judge_list_profiles(const struct config *c);

/* Print an entry for each clause that the judge decides, and for each that it cannot decide. */
void judge_list_clauses(const struct config *c);
void judge_list_unjudged(const struct config *c);

#endif
