/* SPDX-License-Identifier: MIT */
/* judge: turns findings into verdicts: judges every connection by every clause. */
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
	nstime late;       /* maximum delay of the responder's segments up to the deciding ones */
	const char *known; /* the reason in the profile, or NULL */
};

struct verdicts {
	unsigned count; /* may be reset to 0, to reuse the memory */
	unsigned room;
	struct verdict *verdict;
};

struct judge_rules {
	struct assertions asserted;
	const struct profile *profile; /* NULL: none */
	nstime tolerance;              /* maximum delay of the responder's own segments */
};

/* A judgment of all dialogs, in progress. */
struct judgment {
	const struct dialogs *all;         /* borrowed */
	const struct judge_rules *rules;   /* borrowed */
	struct client_history *histories;  /* owned */
	const struct requirement **clause; /* owned; all clauses, and a NULL */
};

/* Returns false if memory runs out. Call judgment_end() in either case. */
bool judgment_begin(struct judgment *j, const struct dialogs *all, const struct judge_rules *rules);
void judgment_end(struct judgment *j);

/*
 * Appends the verdicts on one dialog, by every clause in the order of the table. Clauses that do
 * not concern the connection are omitted. A violated MUST is a FAIL, and a violated SHOULD a WARN.
 * For a MAY, the observation is reported (INFO). A row of overrule.c may change the result. The
 * verdicts borrow from the dialogs and from the profile.
 *
 * It ends early, with a part of the verdicts, if another thread sets *stop, which may be NULL.
 * Returns false if memory runs out.
 */
bool judgment_of(const struct judgment *j, const struct dialog *d, const bool *stop,
		 struct verdicts *out);

/* Does all three steps for every dialog, in order. Returns false if memory runs out, and *out is
 * empty then. */
bool verdicts_make(struct verdicts *out, const struct dialogs *all,
		   const struct judge_rules *rules);
void verdicts_free(struct verdicts *v);

#endif
