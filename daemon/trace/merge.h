/* SPDX-License-Identifier: MIT */
/* merge: reads the records of several rings in the order of their times. */
#ifndef SYNACKD_TRACE_MERGE_H
#define SYNACKD_TRACE_MERGE_H

#include "trace/trace.h"

#define SOURCE_MAX (256 * 1024) /* octets copied from a ring at a time */

/* The records copied from one ring and not yet returned. A zeroed struct reads its ring from the
 * start. */
struct trace_source {
	struct trace_cursor at;
	bool more; /* the copy is full, and the ring has more records */
	size_t size, given;
	_Alignas(struct trace_record) uint8_t copy[SOURCE_MAX];
};

/* Skips the records that the ring contains now. */
void trace_source_begin(struct trace_source *s, const struct trace *t);

/*
 * Copies the records with times up to `until`, unless records of the previous call are left. The
 * caller passes the same `until` for all sources until trace_merge_more() returns false. The
 * clock of every ring must have reached `until`, so that no older record is added later. Adds to
 * *lost the number of records that the ring overwrote before they were copied.
 */
void trace_source_fill(struct trace_source *s, const struct trace *t, nstime until, uint64_t *lost);

/* Returns the oldest record of all sources; of records of the same time, that of the first
 * source. It is valid until its source is filled. Returns NULL if a source must be filled first,
 * or if there are no more records. */
const struct trace_record *trace_merge(struct trace_source *const source[], unsigned sources);

/* Returns true if a source has more records up to the same `until`. */
bool trace_merge_more(struct trace_source *const source[], unsigned sources);

/* Joins the records of `count` rings up to the time `until` into one trace, which must not be
 * added to: the newest ones, at most `most` octets. The caller frees it with trace_free().
 * Returns false if there is no memory; *out is empty then. */
bool trace_join(const struct trace from[], unsigned count, nstime until, size_t most,
		struct trace *out);

#endif
