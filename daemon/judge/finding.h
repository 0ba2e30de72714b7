/* SPDX-License-Identifier: MIT */
/* finding: the result of a check: the deciding arrows, and a text for people. */
#ifndef SYNACKD_JUDGE_FINDING_H
#define SYNACKD_JUDGE_FINDING_H

#include "judge/dialog.h"

/* From the weakest to the strongest: if a clause has several verdicts, the highest applies. */
enum result {
	RESULT_NONE, /* the clause does not concern anything in the trace */
	RESULT_INCONCLUSIVE,
	RESULT_ERROR, /* the responder is at fault: its segments were late or lost */
	RESULT_INFO,
	RESULT_PASS,
	RESULT_WARN,  /* a violated SHOULD */
	RESULT_KNOWN, /* a FAIL or WARN that the profile lists */
	RESULT_FAIL,
	RESULT_COUNT
};

/* Returns a static text, as in verdicts and reports: "FAIL (known)". */
const char *result_name(enum result r);

/* Reasons for RESULT_INCONCLUSIVE. */
enum reason {
	REASON_NONE,
	REASON_NO_DATA,        /* the client sent too little */
	REASON_APP_TIMEOUT,    /* the client's program may have closed the connection */
	REASON_OFFLOAD,        /* sizes or checksums differ from the wire's */
	REASON_FILTERED,       /* a device on the path may have discarded the segment */
	REASON_NOT_NEGOTIATED, /* the feature was not negotiated, or not used */
	REASON_CAPTURE_LOSS,   /* frames were lost during the capture */
	REASON_TOO_SHORT,      /* the trace ends too early */
	REASON_MIDDLEBOX,      /* not all segments come from the same machine */
	REASON_CLOSED,         /* the client closed before the test */
	REASON_OVER_BUDGET,    /* the safety bounds withheld segments of the responder */
	REASON_COUNT
};

/* Returns a static text such as "no-data"; "" for REASON_NONE. */
const char *reason_name(enum reason r);

#define FINDING_ARROWS 6
#define FINDING_WORDS  200

struct finding {
	enum result result; /* FAIL: the clause is violated; its level decides the verdict */
	enum reason reason; /* if the result is INCONCLUSIVE */
	bool absence;       /* it depends on the absence of a segment */
	bool timed; /* it depends on the time of a segment, relative to one of the responder's */
	unsigned arrows;                           /* number of deciding arrows */
	const struct arrow *arrow[FINDING_ARROWS]; /* borrowed from their dialog */
	char words[FINDING_WORDS];                 /* the observation, for people */
};

struct finding finding_none(void); /* Returns a finding of RESULT_NONE. */

/* Returns a finding with this result. `a` and `b` are the deciding arrows. Either may be NULL;
 * equal arrows count once. A text that is too long is truncated. */
struct finding finding_make(enum result result, const struct arrow *a, const struct arrow *b,
			    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
#define finding_pass(a, b, ...) finding_make(RESULT_PASS, a, b, __VA_ARGS__)
#define finding_fail(a, b, ...) finding_make(RESULT_FAIL, a, b, __VA_ARGS__)
#define finding_warn(a, b, ...) finding_make(RESULT_WARN, a, b, __VA_ARGS__)
#define finding_info(a, b, ...) finding_make(RESULT_INFO, a, b, __VA_ARGS__)

/* Returns an inconclusive finding with its reason. `a` may be NULL. */
struct finding finding_inconclusive(enum reason reason, const struct arrow *a, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Return the same finding, marked as dependent on an absence, or on a time. */
struct finding finding_by_absence(struct finding f);
struct finding finding_by_time(struct finding f);

/* Returns the finding with the stronger result; `a` if both are equal. */
struct finding finding_worse(struct finding a, struct finding b);

#endif
