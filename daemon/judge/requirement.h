/* SPDX-License-Identifier: MIT */
/*
 * requirement: the clauses of RFCs by which a client is judged, each with its check. A check is a
 * pure function of its hearing: the trace of one connection, or of all connections of one client.
 */
#ifndef SYNACKD_JUDGE_REQUIREMENT_H
#define SYNACKD_JUDGE_REQUIREMENT_H

#include "judge/finding.h"
#include "judge/hearing.h"

enum level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY };

/* Returns a static text such as "MUST". */
const char *level_name(enum level l);

struct requirement {
	const char *id; /* "MUST-3" of RFC 9293's appendix B, or of this project: "R7323-2.2b" */
	uint16_t rfc;
	const char *section;
	enum level level;
	const char *text;      /* one sentence, paraphrased */
	const char *scenarios; /* that test it, separated by commas; "": every connection */
	struct finding (*check)(const struct hearing *h);
	bool of_client; /* the check uses all connections of a client: it runs once */
};

/* Returns a clause, in the order of the table in requirement.c, or NULL past the last. */
const struct requirement *requirement_at(unsigned i);

/* Returns the clause with this id, compared octet by octet, or NULL if there is none. */
const struct requirement *requirement_find(const char *id);

/* Returns true if the scenario tests the clause, or if the clause has no list of scenarios. */
bool requirement_in(const struct requirement *r, const char *scenario);

#endif
