/* SPDX-License-Identifier: MIT */
/* trace_copy: the records of one connection, copied out of a ring that continues to change. */
#ifndef SYNACKD_JUDGE_TRACE_COPY_H
#define SYNACKD_JUDGE_TRACE_COPY_H

#include "tcp/flow.h"
#include "trace/trace.h"

#define TRACE_COPY_MAX (2 * 1024 * 1024) /* octets; later records are omitted */

/* The first fields of a packet. The packet may be truncated, and its fields may be false. */
struct trace_glance {
	struct flow_key key;
	uint32_t seq;
	bool opens; /* a SYN from the client */
};

/* Returns false if the record is not a packet, or the packet is neither TCP nor an ICMP error about
 * TCP. */
bool trace_glance(const struct trace_record *r, struct trace_glance *out);

/* A zeroed struct is empty. */
struct trace_copy {
	bool found;
	bool cut;            /* truncated at TRACE_COPY_MAX */
	uint64_t id;         /* id of the connection or attempt; 0: unknown */
	struct flow_key key; /* both ends */
	nstime opened;       /* time of the SYN if it is a copy of the last client, otherwise 0 */
	uint8_t *bytes;      /* the records, contiguous */
	size_t size;
	size_t room;
	/* For trace_copy_step(): */
	struct trace_cursor at;
	uint64_t end;               /* number of records added before the copy began */
	bool by_id, adding;         /* the id was given; the connection was found */
	bool begun, has_isn, whole; /* see add() */
	uint32_t isn;
};

/* Begins to copy the records of connection `id`, and the packets between the same addresses and
 * ports outside a connection: a SYN that a rule discarded or held, a segment that arrived too late.
 * `id` 0 selects the client with the latest SYN. Reads the ring twice, in steps: it may change in
 * between. */
void trace_copy_begin(struct trace_copy *c, const struct trace *t, uint64_t id);
/* Reads at most `records` records. Returns true if it was the last step. */
bool trace_copy_step(struct trace_copy *c, const struct trace *t, unsigned records);
/* Appends a record. A record past TRACE_COPY_MAX is omitted. */
void trace_copy_add(struct trace_copy *c, const struct trace_record *r);
void trace_copy_free(struct trace_copy *c);

/*
 * Copies the records of all connections of a client, and the losses of frames, into a new ring. If
 * there are more than fit, the newest are kept. (A state change of another client's connection may
 * be included, as it does not name its client; dialogs_read() omits it.) The ring is read in steps:
 * it may have millions of records, and may change in between.
 */
#define CLIENT_FLOWS_SEEN 65536

struct client_trace {
	struct addr client;
	struct trace_cursor at;
	uint64_t end;        /* number of records added to the ring before the copy began */
	struct trace copied; /* complete after the last step; the caller frees it */
	/* Bits of the client's connections, by id, as records of state changes and notes do not
	 * name a client. Two ids share a bit only if they are far apart. */
	uint8_t seen[CLIENT_FLOWS_SEEN / 8];
};

/* Begins a copy of at most `size` octets. Returns false if memory runs out. */
bool client_trace_begin(struct client_trace *c, const struct trace *t, const struct addr *client,
			size_t size);
/* Reads at most `records` records. Returns true if it was the last step. */
bool client_trace_step(struct client_trace *c, const struct trace *t, unsigned records);

/* Returns the record after `r`, or the first if `r` is NULL; NULL past the last. */
const struct trace_record *trace_copy_next(const struct trace_copy *c,
					   const struct trace_record *r);

#endif
