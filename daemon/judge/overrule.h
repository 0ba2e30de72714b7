/* SPDX-License-Identifier: MIT */
/* overrule: reasons that change a verdict: the finding is inconclusive, the responder is at fault,
 * or the profile lists the deviation. */
#ifndef SYNACKD_JUDGE_OVERRULE_H
#define SYNACKD_JUDGE_OVERRULE_H

#include "judge/judge.h"

/* Sets the final v->result. The first row of the table in overrule.c that applies changes it, and,
 * unless the deviation is known, the finding's reason and text. All other fields of `v` must be
 * set, and v->result must be the result of the finding at the level of the clause. */
void overrule(struct verdict *v, const struct hearing *h, const struct judge_rules *rules);

#endif
