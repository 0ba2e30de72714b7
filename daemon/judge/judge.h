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
	unsigned count; /* 0 again, it may be filled anew */
	unsigned room;
	struct verdict *verdict;
};

struct judge_rules {
	struct assertions asserted;
	const struct profile *profile; /* NULL: none */
	nstime tolerance;              /* how late our own segments may be */
};

/* A judgment of all of them under way. */
struct judgment {
	const struct dialogs *all;         /* borrowed */
	const struct judge_rules *rules;   /* borrowed */
	struct client_history *histories;  /* owned */
	const struct requirement **clause; /* owned; all of them, and NULL */
};

/* Returns false if memory runs out; judgment_end() all the same. */
bool judgment_begin(struct judgment *j, const struct dialogs *all, const struct judge_rules *rules);
void judgment_end(struct judgment *j);

/*
 * Append the verdicts on one of the dialogs, by every clause in the order of the table; clauses
 * that have nothing to say about a connection are left out. A missed MUST is a FAIL, a missed
 * SHOULD a WARN, and of a MAY it is told what was seen (INFO), unless one of the rows in overrule.c
 * applies. The verdicts borrow from the dialogs and from the profile. Ends early, with a part of
 * them, when another thread sets *stop (NULL: none does). Returns false if memory runs out.
 */
bool judgment_of(const struct judgment *j, const struct dialog *d, const bool *stop,
		 struct verdicts *out);

/* All three for every dialog, in their order. Returns false if memory runs out, and *out is empty
 * then. */
bool verdicts_make(struct verdicts *out, const struct dialogs *all,
		   const struct judge_rules *rules);
void verdicts_free(struct verdicts *v);

#endif
