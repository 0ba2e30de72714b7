/* SPDX-License-Identifier: MIT */
/* The reasons why a finding does not count as it stands: it is inconclusive, or the fault is ours,
 * or the client is known for it. */
#ifndef SYNACKD_JUDGE_OVERRULE_H
#define SYNACKD_JUDGE_OVERRULE_H

#include "judge/judge.h"

/*
 * Settle v->result: the first row of the table in overrule.c that applies changes it, together with
 * the finding's reason and words. Everything else of `v` is filled in, and v->result is what the
 * finding and the clause's level make it.
 */
void overrule(struct verdict *v, const struct hearing *h, const struct judge_rules *rules);

#endif
