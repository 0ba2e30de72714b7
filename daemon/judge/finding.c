/* SPDX-License-Identifier: MIT */
#include "judge/finding.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const results[RESULT_COUNT] = {
	[RESULT_NONE] = "-",
	[RESULT_INCONCLUSIVE] = "INCONCLUSIVE",
	[RESULT_ERROR] = "ERROR",
	[RESULT_INFO] = "INFO",
	[RESULT_PASS] = "PASS",
	[RESULT_WARN] = "WARN",
	[RESULT_KNOWN] = "FAIL (known)",
	[RESULT_FAIL] = "FAIL",
};

static const char *const reasons[REASON_COUNT] = {
	[REASON_NONE] = "",
	[REASON_NO_DATA] = "no-data",
	[REASON_APP_TIMEOUT] = "app-timeout",
	[REASON_OFFLOAD] = "offload",
	[REASON_FILTERED] = "filtered",
	[REASON_NOT_NEGOTIATED] = "not-negotiated",
	[REASON_CAPTURE_LOSS] = "capture-loss",
	[REASON_TOO_SHORT] = "too-short",
	[REASON_MIDDLEBOX] = "middlebox",
	[REASON_CLOSED] = "closed",
	[REASON_OVER_BUDGET] = "over-budget",
};

const char *result_name(enum result r)
{
	return results[r];
}

const char *reason_name(enum reason r)
{
	return reasons[r];
}

struct finding finding_none(void)
{
	return (struct finding){.result = RESULT_NONE};
}

static struct finding found(enum result result, const struct arrow *a, const struct arrow *b,
			    const char *fmt, va_list ap)
{
	struct finding f = {.result = result};

	if (a)
		f.arrow[f.arrows++] = a;
	if (b && b != a)
		f.arrow[f.arrows++] = b;
	vsnprintf(f.words, sizeof(f.words), fmt, ap);
	return f;
}

struct finding finding_make(enum result result, const struct arrow *a, const struct arrow *b,
			    const char *fmt, ...)
{
	struct finding f;
	va_list ap;

	va_start(ap, fmt);
	f = found(result, a, b, fmt, ap);
	va_end(ap);
	return f;
}

struct finding finding_inconclusive(enum reason reason, const struct arrow *a, const char *fmt, ...)
{
	struct finding f;
	va_list ap;

	va_start(ap, fmt);
	f = found(RESULT_INCONCLUSIVE, a, NULL, fmt, ap);
	va_end(ap);
	f.reason = reason;
	return f;
}

struct finding finding_by_absence(struct finding f)
{
	f.absence = true;
	return f;
}

struct finding finding_by_time(struct finding f)
{
	f.timed = true;
	return f;
}

struct finding finding_worse(struct finding a, struct finding b)
{
	return b.result > a.result ? b : a;
}
