/* SPDX-License-Identifier: MIT */
/* One connection's records, taken out of a ring that goes on turning. */
#ifndef SYNACKD_JUDGE_TRACE_COPY_H
#define SYNACKD_JUDGE_TRACE_COPY_H

#include "tcp/flow.h"
#include "trace/trace.h"

#define TRACE_COPY_MAX (2 * 1024 * 1024) /* octets; later records are left out */

/* What a packet says first: that may be all that was kept, and a lie. */
struct trace_glance {
	struct flow_key key;
	uint32_t seq;
	bool opens; /* a SYN from the client */
};

/* False when it is no packet, or none of TCP or about it. */
bool trace_glance(const struct trace_record *r, struct trace_glance *out);

/* A zeroed one is empty. */
struct trace_copy {
	bool found;
	bool cut;            /* at TRACE_COPY_MAX */
	uint64_t id;         /* of the connection or attempt; 0: neither is known */
	struct flow_key key; /* both ends */
	nstime opened;       /* of the last client: its SYN; else 0 */
	uint8_t *bytes;      /* records, one behind the other */
	size_t size;
	size_t room;
};

/*
 * Copy the records of connection `id`, and with them what crossed the wire between the same ends
 * when there was no connection: a SYN that a rule dropped or held, a segment that came too late.
 * With `id` 0, of the client whose SYN came last.
 */
void trace_copy_take(struct trace_copy *c, const struct trace *t, uint64_t id);
/* One record more; past TRACE_COPY_MAX it is left out. */
void trace_copy_add(struct trace_copy *c, const struct trace_record *r);
void trace_copy_free(struct trace_copy *c);

/*
 * Another ring, of `size` octets at most, the caller's, by trace_free(): whatever is of this
 * client, in all its connections, and when frames were lost. When there is more, the newest is
 * kept. The ring is read once, from end to end. (A move of another client's connection may slip in,
 * as it does not name its client: dialogs_read() leaves it out.) False: no memory, and *out is
 * empty.
 */
bool trace_of_client(const struct trace *t, const struct addr *client, size_t size,
		     struct trace *out);

/* The record after `r` (NULL: the first), NULL past the last. */
const struct trace_record *trace_copy_next(const struct trace_copy *c,
					   const struct trace_record *r);

#endif
