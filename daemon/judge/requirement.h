/* SPDX-License-Identifier: MIT */
/*
 * What a client is judged by: clauses of RFCs, each with the check that decides about it. A check
 * is a pure function of its hearing: the trace of one connection, or of all of one client's.
 */
#ifndef SYNACKD_JUDGE_REQUIREMENT_H
#define SYNACKD_JUDGE_REQUIREMENT_H

#include "judge/finding.h"
#include "judge/hearing.h"

enum level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY };

/* Static text: "MUST". */
const char *level_name(enum level l);

struct requirement {
	const char *id; /* "MUST-3" of RFC 9293's appendix B, or ours: "R7323-2.2b" */
	uint16_t rfc;
	const char *section;
	enum level level;
	const char *text;      /* one sentence, in our words */
	const char *scenarios; /* that put it to the test, with commas; "": any connection does */
	struct finding (*check)(const struct hearing *h);
	bool of_client; /* the check looks at all connections of a client: once is enough */
};

/* All clauses, in the order of the table in requirement.c; NULL past the last. */
const struct requirement *requirement_at(unsigned i);

/* The clause of this id, compared byte by byte. Returns NULL if there is none. */
const struct requirement *requirement_find(const char *id);

/* Is the scenario one of those that put the clause to the test? With an empty list: always. */
bool requirement_in(const struct requirement *r, const char *scenario);

#endif
