/* SPDX-License-Identifier: MIT */
/* What a check found: the result, the arrows that decide, and the words for people. */
#ifndef SYNACKD_JUDGE_FINDING_H
#define SYNACKD_JUDGE_FINDING_H

#include "judge/dialog.h"

/* From the one that says least to the one that says most: where a clause has several verdicts, the
 * highest counts. */
enum result {
	RESULT_NONE, /* nothing that happened was about this clause */
	RESULT_INCONCLUSIVE,
	RESULT_ERROR, /* we are to blame: our segments were late, or lost */
	RESULT_INFO,
	RESULT_PASS,
	RESULT_WARN,  /* a missed SHOULD */
	RESULT_KNOWN, /* FAIL, or WARN, and the profile says so */
	RESULT_FAIL,
	RESULT_COUNT
};

/* Static text, as verdicts and reports print it: "FAIL (known)". */
const char *result_name(enum result r);

/* Why nothing can be said. */
enum reason {
	REASON_NONE,
	REASON_NO_DATA,        /* the client sent too little */
	REASON_APP_TIMEOUT,    /* its program may have ended it */
	REASON_OFFLOAD,        /* sizes or checksums are not the wire's */
	REASON_FILTERED,       /* a device between us may have dropped it */
	REASON_NOT_NEGOTIATED, /* nothing of the kind was agreed on, or used */
	REASON_CAPTURE_LOSS,   /* we lost frames meanwhile */
	REASON_TOO_SHORT,      /* we did not watch for long enough */
	REASON_MIDDLEBOX,      /* not everything comes from the same machine */
	REASON_CLOSED,         /* the client closed before it could be provoked */
	REASON_OVER_BUDGET,    /* the safety rules kept back segments of ours */
	REASON_COUNT
};

/* Static text: "no-data"; "" for REASON_NONE. */
const char *reason_name(enum reason r);

#define FINDING_ARROWS 6
#define FINDING_WORDS  200

struct finding {
	enum result result; /* FAIL stands for a missed clause: its level may soften it */
	enum reason reason; /* when the result is INCONCLUSIVE */
	bool absence;       /* it rests on something that did not come */
	bool timed;         /* it rests on when something came, after a segment of ours */
	unsigned arrows;    /* the deciding ones */
	const struct arrow *arrow[FINDING_ARROWS]; /* borrowed from their dialog */
	char words[FINDING_WORDS];                 /* what was seen, for people */
};

struct finding finding_none(void); /* RESULT_NONE */

/* A finding of this result. The arrows `a` and `b` decide; either may be NULL, and one that is
 * given twice counts once. Words that are too long are cut. */
struct finding finding_make(enum result result, const struct arrow *a, const struct arrow *b,
			    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
#define finding_pass(a, b, ...) finding_make(RESULT_PASS, a, b, __VA_ARGS__)
#define finding_fail(a, b, ...) finding_make(RESULT_FAIL, a, b, __VA_ARGS__)
#define finding_warn(a, b, ...) finding_make(RESULT_WARN, a, b, __VA_ARGS__)
#define finding_info(a, b, ...) finding_make(RESULT_INFO, a, b, __VA_ARGS__)

/* Nothing can be said, and why; `a` may be NULL. */
struct finding finding_inconclusive(enum reason reason, const struct arrow *a, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same finding, marked as one that rests on what did not come, or on when it came. */
struct finding finding_by_absence(struct finding f);
struct finding finding_by_time(struct finding f);

/* The one whose result says more; `a` when both say as much. */
struct finding finding_worse(struct finding a, struct finding b);

#endif
