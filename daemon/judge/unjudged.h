/* SPDX-License-Identifier: MIT */
/* Clauses of RFC 9293 that say something about a client, and that cannot be judged from the wire. A
 * report lists them, so that its silence about them is not taken for a PASS. */
#ifndef SYNACKD_JUDGE_UNJUDGED_H
#define SYNACKD_JUDGE_UNJUDGED_H

struct unjudgeable {
	const char *id, *why; /* static text */
};

/* The i-th; NULL past the last. */
const struct unjudgeable *unjudgeable_at(unsigned i);

#endif
