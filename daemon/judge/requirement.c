/* SPDX-License-Identifier: MIT */
#include "judge/requirement.h"

#include "base/container.h"
#include "judge/clauses.h"

#include <string.h>

static const char *const levels[] = {
	[LEVEL_MUST] = "MUST", [LEVEL_SHOULD] = "SHOULD", [LEVEL_MAY] = "MAY"};

static const struct requirement *const themes[] = {
	judge_segments, judge_handshake, judge_synsent,    judge_resets,         judge_sequence,
	judge_windows,  judge_scaling,   judge_timestamps, judge_retransmission, judge_again,
	judge_sizes,    judge_acks,      judge_idle,       judge_close,          judge_errors,
	judge_ecn,      judge_fastopen,  judge_clients};

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
