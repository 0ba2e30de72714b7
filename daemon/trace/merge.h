/* SPDX-License-Identifier: MIT */
/* The records of several rings, read in the order of their times. */
#ifndef SYNACKD_TRACE_MERGE_H
#define SYNACKD_TRACE_MERGE_H

#include "trace/trace.h"

#define SOURCE_MAX (256 * 1024) /* octets that are taken of a ring at a time */

/* What was taken of one ring, and not given on yet. A zeroed one reads its ring from the start. */
struct trace_source {
	struct trace_cursor at;
	bool more; /* there was no room for all of it */
	size_t size, given;
	_Alignas(struct trace_record) uint8_t copy[SOURCE_MAX];
};

/* From now on: what the ring has already is not read. */
void trace_source_begin(struct trace_source *s, const struct trace *t);

/*
 * Take what was added up to and with the time `until`, unless something is left from the last time.
 * Nothing that old is added any more: the clock of each ring has reached it. It is the same for all
 * sources until trace_merge_more() is false. *lost grows by what the ring lost before it was taken.
 */
void trace_source_fill(struct trace_source *s, const struct trace *t, nstime until, uint64_t *lost);

/* The next record of all, the oldest first, of the first source if they are as old; valid until
 * that source is filled. NULL: some source has to be filled first, or there is no more. */
const struct trace_record *trace_merge(struct trace_source *const source[], unsigned sources);

/* Is there more up to the same time? */
bool trace_merge_more(struct trace_source *const source[], unsigned sources);

/* What several have kept, up to and with the time `until`, as one that is added to no more: the
 * newest of it, `most` octets at most. The caller's, by trace_free(). False: no memory, and *out is
 * empty. */
bool trace_join(const struct trace from[], unsigned count, nstime until, size_t most,
		struct trace *out);

#endif
