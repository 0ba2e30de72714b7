/* SPDX-License-Identifier: MIT */
#include "trace/merge.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void trace_source_begin(struct trace_source *s, const struct trace *t)
{
	s->size = s->given = 0;
	s->more = false;
	trace_cursor_now(t, &s->at);
}

void trace_source_fill(struct trace_source *s, const struct trace *t, nstime until, uint64_t *lost)
{
	const struct trace_record *r;

	if (s->given < s->size)
		return;
	s->size = s->given = 0;
	s->more = false;
	while ((r = trace_read(t, &s->at, lost))) {
		if (r->when > until || s->size + r->size > SOURCE_MAX) {
			s->more = r->when <= until;
			/* Not copied: the next call reads it again. */
			s->at.position -= r->size;
			s->at.read--;
			return;
		}
		memcpy(s->copy + s->size, r, r->size);
		s->size += r->size;
	}
}

const struct trace_record *trace_merge(struct trace_source *const source[], unsigned sources)
{
	const struct trace_record *oldest = NULL;
	struct trace_source *from = NULL;

	for (unsigned i = 0; i < sources; i++) {
		struct trace_source *s = source[i];
		const struct trace_record *r = (const struct trace_record *)(s->copy + s->given);

		if (s->given == s->size && s->more)
			return NULL; /* its next record may be the oldest */
		if (s->given == s->size || (oldest && r->when >= oldest->when))
			continue;
		oldest = r;
		from = s;
	}
	if (oldest)
		from->given += oldest->size;
	return oldest;
}

bool trace_merge_more(struct trace_source *const source[], unsigned sources)
{
	bool more = false;

	for (unsigned i = 0; i < sources; i++)
		more |= source[i]->more;
	return more;
}

/* --- trace_join() ---------------------------------------------------------------------------- */

/* Returns the index of the oldest record in next[], or `count` if all are NULL. */
static unsigned oldest_of(const struct trace_record *const next[], unsigned count)
{
	unsigned oldest = count;

	for (unsigned i = 0; i < count; i++)
		if (next[i] && (oldest == count || next[i]->when < next[oldest]->when))
			oldest = i;
	return oldest;
}

bool trace_join(const struct trace from[], unsigned count, nstime until, size_t most,
		struct trace *out)
{
	const struct trace_record **next = calloc(count + 1, sizeof(*next));
	size_t left = 0;
	unsigned i;

	*out = (struct trace){0};
	if (!next)
		return false;
	for (i = 0; i < count; i++) {
		next[i] = trace_next(&from[i], NULL);
		left += from[i].head - from[i].tail;
		out->lost += from[i].lost;
	}
	out->added = out->lost;
	out->size = left < most ? left : most;
	out->ring = malloc(out->size + 1);
	if (!out->ring) {
		free(next);
		*out = (struct trace){0};
		return false;
	}
	while ((i = oldest_of(next, count)) < count && next[i]->when <= until) {
		if (left > most) {
			out->lost++;
		} else {
			memcpy(out->ring + out->head, next[i], next[i]->size);
			out->head += next[i]->size;
		}
		left -= next[i]->size;
		out->added++;
		next[i] = trace_next(&from[i], next[i]);
	}
	free(next);
	return true;
}
