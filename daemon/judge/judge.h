/* SPDX-License-Identifier: MIT */
/* From findings to verdicts: every connection, judged by every clause. */
#ifndef SYNACKD_JUDGE_JUDGE_H
#define SYNACKD_JUDGE_JUDGE_H

#include "judge/profile.h"
#include "judge/requirement.h"

#define LATE_TOLERANCE (50 * NS_PER_MS)

struct verdict {
	const struct requirement *requirement;
	const struct dialog *dialog; /* borrowed from the dialogs */
	enum result result;
	struct finding finding;
	nstime late;       /* of our segments up to the deciding ones, the latest */
	const char *known; /* the profile's words; NULL: it says nothing */
};

struct verdicts {
	unsigned count;
	struct verdict *verdict;
};

struct judge_rules {
	struct assertions asserted;
	const struct profile *profile; /* NULL: none */
	nstime tolerance;              /* how late our own segments may be */
};

/*
 * Judge every connection by every clause; clauses that have nothing to say about a connection are
 * left out. A missed MUST is a FAIL, a missed SHOULD a WARN, and of a MAY it is told what was seen
 * (INFO), unless one of the rows in overrule.c applies. Verdicts of one connection stand together,
 * clauses in the order of the table. The verdicts borrow from `all` and from the profile. Returns
 * false if memory runs out, and *out is empty then.
 */
bool verdicts_make(struct verdicts *out, const struct dialogs *all,
		   const struct judge_rules *rules);
void verdicts_free(struct verdicts *v);

#endif
