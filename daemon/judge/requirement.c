/* SPDX-License-Identifier: MIT */
#include "judge/requirement.h"

#include "base/container.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

static const char *const levels[] = {
	[LEVEL_MUST] = "MUST", [LEVEL_SHOULD] = "SHOULD", [LEVEL_MAY] = "MAY"};

static const struct requirement *const themes[] = {
	judge_segments, judge_handshake, judge_synsent,    judge_resets,         judge_sequence,
	judge_windows,  judge_scaling,   judge_timestamps, judge_retransmission, judge_again,
	judge_sizes,    judge_acks,      judge_idle,       judge_close,          judge_errors,
	judge_ecn,      judge_fastopen,  judge_clients};

const char *result_name(enum result r)
{
	return results[r];
}

const char *reason_name(enum reason r)
{
	return reasons[r];
}

const char *level_name(enum level l)
{
	return levels[l];
}

const struct requirement *requirement_at(unsigned i)
{
	for (size_t t = 0; t < COUNT_OF(themes); t++)
		for (const struct requirement *r = themes[t]; r->id; r++)
			if (i-- == 0)
				return r;
	return NULL;
}

const struct requirement *requirement_find(const char *id)
{
	const struct requirement *r;

	for (unsigned i = 0; (r = requirement_at(i)); i++)
		if (strcmp(r->id, id) == 0)
			return r;
	return NULL;
}

bool requirement_in(const struct requirement *r, const char *scenario)
{
	size_t len = strlen(scenario);

	for (const char *s = r->scenarios; *s; s += strspn(s, ", ")) {
		size_t n = strcspn(s, ",");

		if (n == len && strncmp(s, scenario, n) == 0)
			return true;
		s += n;
	}
	return !*r->scenarios;
}

/* --- findings --------------------------------------------------------------------------------- */

struct finding unheard(void)
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

struct finding passed(const struct arrow *a, const struct arrow *b, const char *fmt, ...)
{
	struct finding f;
	va_list ap;

	va_start(ap, fmt);
	f = found(RESULT_PASS, a, b, fmt, ap);
	va_end(ap);
	return f;
}

struct finding missed(const struct arrow *a, const struct arrow *b, const char *fmt, ...)
{
	struct finding f;
	va_list ap;

	va_start(ap, fmt);
	f = found(RESULT_FAIL, a, b, fmt, ap);
	va_end(ap);
	return f;
}

struct finding warned(const struct arrow *a, const struct arrow *b, const char *fmt, ...)
{
	struct finding f;
	va_list ap;

	va_start(ap, fmt);
	f = found(RESULT_WARN, a, b, fmt, ap);
	va_end(ap);
	return f;
}

struct finding told(const struct arrow *a, const struct arrow *b, const char *fmt, ...)
{
	struct finding f;
	va_list ap;

	va_start(ap, fmt);
	f = found(RESULT_INFO, a, b, fmt, ap);
	va_end(ap);
	return f;
}

struct finding undecided(enum reason reason, const struct arrow *a, const char *fmt, ...)
{
	struct finding f;
	va_list ap;

	va_start(ap, fmt);
	f = found(RESULT_INCONCLUSIVE, a, NULL, fmt, ap);
	va_end(ap);
	f.reason = reason;
	return f;
}

struct finding by_absence(struct finding f)
{
	f.absence = true;
	return f;
}

struct finding by_time(struct finding f)
{
	f.timed = true;
	return f;
}

struct finding worse_of(struct finding a, struct finding b)
{
	return b.result > a.result ? b : a;
}
