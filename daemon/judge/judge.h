/* SPDX-License-Identifier: MIT */
/*
 * From findings to verdicts:
 *
 * - a missed MUST is a FAIL, a missed SHOULD a WARN, of a MAY it is told what was seen (INFO);
 * - what rests on something that did not come is INCONCLUSIVE when frames were lost meanwhile, and
 *   what rests on a time is an ERROR when we were late by more than the tolerance: that is ours;
 * - what rests on a segment of the client's that has another TTL than its SYN is INCONCLUSIVE;
 * - so is what rests on its aborting the connection, when it does so whatever it meets;
 * - so is a fault that comes after a segment of ours that the safety rules kept back, and what
 * rests on something that did not come, in a connection where they did;
 * - what the profile of the client names is FAIL (known), never PASS, and nobody else is suspected.
 */
#ifndef SYNACKD_JUDGE_JUDGE_H
#define SYNACKD_JUDGE_JUDGE_H

#include "judge/requirement.h"

#define LATE_TOLERANCE (50 * NS_PER_MS)

/* What a client is known to do otherwise than a clause says. */
struct deviation {
	char *requirement;
	char *behaviour; /* only where a connection met this one; "": wherever */
	char *why;       /* for people */
};

struct profile {
	char *name;
	char *summary;
	unsigned deviations;
	struct deviation *deviation;
	const char *file; /* where it is defined */
	unsigned line;
};

void profile_release(struct profile *p); /* frees what is in it */

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
	nstime tolerance;              /* for what we were late by */
};

/* Judge every connection by every clause; those that it has nothing to say about are left out.
 * Verdicts of one connection stand together, clauses in the order of the table. False: no memory,
 * and *out is empty. */
bool verdicts_make(struct verdicts *out, const struct dialogs *all,
		   const struct judge_rules *rules);
void verdicts_free(struct verdicts *v);

#endif
