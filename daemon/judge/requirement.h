/* SPDX-License-Identifier: MIT */
/*
 * What a client is judged by: clauses of RFCs, each with the check that decides about it. A check
 * is a pure function of what it hears: the trace of one connection, or of all of one client's.
 */
#ifndef SYNACKD_JUDGE_REQUIREMENT_H
#define SYNACKD_JUDGE_REQUIREMENT_H

#include "judge/gather.h"

/* From what says least to what says most: where a clause has several verdicts, the last counts. */
enum result {
	RESULT_NONE, /* nothing that happened was about this clause */
	RESULT_INCONCLUSIVE,
	RESULT_ERROR, /* we are to blame: what we sent was late, or lost */
	RESULT_INFO,
	RESULT_PASS,
	RESULT_WARN,  /* a missed SHOULD */
	RESULT_KNOWN, /* FAIL, or WARN, and the profile says so */
	RESULT_FAIL,
	RESULT_COUNT
};

const char *result_name(enum result r); /* "FAIL (known)" */

/* Why nothing can be said. */
enum reason {
	REASON_NONE,
	REASON_NO_DATA,        /* the client sent too little */
	REASON_APP_TIMEOUT,    /* its program may have ended it */
	REASON_OFFLOAD,        /* sizes or checksums are not the wire's */
	REASON_FILTERED,       /* a device between us may have eaten it */
	REASON_NOT_NEGOTIATED, /* nothing of the kind was agreed on, or used */
	REASON_CAPTURE_LOSS,   /* we lost frames meanwhile */
	REASON_TOO_SHORT,      /* we did not watch for long enough */
	REASON_MIDDLEBOX,      /* not everything comes from the same machine */
	REASON_CLOSED,         /* the client closed before it could be provoked */
	REASON_OVER_BUDGET,    /* the safety rules kept back segments of ours */
	REASON_COUNT
};

const char *reason_name(enum reason r); /* "no-data" */

/* What the operator knows and the wire does not tell; zeroed asserts nothing. */
struct assertions {
	nstime patience; /* the client's program waits at least so long for its connection */
	uint16_t mtu;    /* of the client's link */
	bool on_link;    /* no device is between the client and us */
	bool keepalive;  /* its keep-alive is as it was shipped */
};

struct hearing {
	const struct dialog *d;
	const struct dialogs *all; /* everybody's: a check may look for this client's others */
	const struct assertions *asserted;
};

#define FINDING_ARROWS 6
#define FINDING_WORDS  200

struct finding {
	enum result result; /* FAIL stands for what was missed: the clause's level may soften it */
	enum reason reason; /* when it is INCONCLUSIVE */
	bool absence;       /* it rests on something that did not come */
	bool timed;         /* it rests on when something came, after a segment of ours */
	unsigned arrows;    /* the deciding ones */
	const struct arrow *arrow[FINDING_ARROWS];
	char words[FINDING_WORDS]; /* what was seen, for people */
};

enum level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY };

const char *level_name(enum level l); /* "MUST" */

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

/* All that are judged, and their number. */
const struct requirement *requirement_at(unsigned i); /* NULL past the last */
const struct requirement *requirement_find(const char *id);
/* Is the scenario one of those that put it to the test? With an empty list: always. */
bool requirement_in(const struct requirement *r, const char *scenario);

/* Clauses of RFC 9293 that nobody can judge from outside, and why. NULL past the last. */
struct unjudgeable {
	const char *id, *why;
};
const struct unjudgeable *unjudgeable_at(unsigned i);

/* The themes; each table ends with a NULL id. */
extern const struct requirement judge_segments[], judge_handshake[], judge_synsent[],
	judge_resets[], judge_sequence[], judge_windows[], judge_scaling[], judge_timestamps[],
	judge_retransmission[], judge_again[], judge_sizes[], judge_acks[], judge_idle[],
	judge_close[], judge_errors[], judge_ecn[], judge_fastopen[], judge_clients[];

/* --- findings, for the checks ----------------------------------------------------------------- */

struct finding unheard(void); /* RESULT_NONE */

/* `a` and `b` decide; either may be NULL. */
struct finding passed(const struct arrow *a, const struct arrow *b, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct finding missed(const struct arrow *a, const struct arrow *b, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct finding warned(const struct arrow *a, const struct arrow *b, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct finding told(const struct arrow *a, const struct arrow *b, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct finding undecided(enum reason reason, const struct arrow *a, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same finding, resting on what did not come, or on when it came. */
struct finding by_absence(struct finding f);
struct finding by_time(struct finding f);

/* The one that says more. */
struct finding worse_of(struct finding a, struct finding b);

#endif
