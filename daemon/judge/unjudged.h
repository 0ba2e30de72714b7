/* SPDX-License-Identifier: MIT */
/* unjudged: clauses of RFC 9293 about a client that cannot be judged from the wire. A report lists
 * them, so that their absence is not taken for a PASS. */
#ifndef SYNACKD_JUDGE_UNJUDGED_H
#define SYNACKD_JUDGE_UNJUDGED_H

struct unjudgeable {
	const char *id, *why; /* static text */
};

/* Returns entry `i`, or NULL past the last. */
const struct unjudgeable *unjudgeable_at(unsigned i);

#endif
