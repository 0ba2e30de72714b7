/* SPDX-License-Identifier: MIT */
/*
 * trace: a ring of records about all connections of a worker.
 *
 * Records describe the packets in both directions and the events that caused them. A full ring
 * overwrites its oldest records. Of each packet the first TRACE_SNAP octets are kept as on the
 * wire, so that malformed ones, too, can be printed and exported.
 */
#ifndef SYNACKD_TRACE_TRACE_H
#define SYNACKD_TRACE_TRACE_H

#include "base/causes.h"
#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_SNAP      256
#define TRACE_MOVED_MAX (16u << 20) /* octets that trace_move() copies at most */

enum trace_kind {
	TRACE_IN,      /* a packet from the client */
	TRACE_OUT,     /* a packet to the client */
	TRACE_STATE,   /* a state change; has `from` and `state` */
	TRACE_NOTE,    /* an action of a rule; has a text */
	TRACE_ATTEMPT, /* the preceding SYN belongs to no connection (yet): behaviour/moved.h */
	TRACE_LOSS,    /* the kernel dropped frames; has a text */
};

/* How a packet was handled, unless it was accepted or sent as usual. */
enum trace_fate {
	FATE_NONE,
	FATE_DROPPED,  /* by a rule, or because a rule silenced the connection */
	FATE_ANSWERED, /* in: dropped by a rule that sent an answer instead of the state machine */
	FATE_HELD,     /* in: delivered later, as another record */
	FATE_RELEASED, /* in: a held packet is delivered now */
	FATE_ABSORBED, /* in: a retransmission of a held packet, discarded */
	FATE_DELAYED,  /* out: sent later, as another record */
	FATE_OUTDATED, /* out: delayed, and discarded because the connection has moved past it */
	FATE_REFUSED,  /* out: not permitted by the safety rules */
	FATE_SPOILT,   /* in: discarded because its checksum is wrong */
	FATE_COUNT
};

const char *trace_fate_name(enum trace_fate f); /* such as "held"; "" for FATE_NONE */

struct trace_record {
	uint32_t size; /* of the record in the ring, in octets; a multiple of 8 */
	uint8_t kind;  /* enum trace_kind */
	uint8_t fate;  /* enum trace_fate */
	uint8_t state; /* of the connection after the event; TRACE_STATE: the new state */
	uint8_t from;  /* TRACE_STATE: the old state */
	uint64_t flow; /* id of the connection or attempt; 0: none */
	nstime when;
	uint32_t iss, irs; /* to print relative sequence numbers; 0 if unknown */
	uint32_t len;      /* of the whole packet, in octets */
	uint32_t late;     /* out: microseconds from `when` until it was sent; 0 if not measured */
	uint16_t cap;      /* octets in `bytes` */
	bool offload;
	struct causes causes;
	uint8_t bytes[]; /* the packet, from the IP header on, or the text of a note */
};

struct trace {
	uint8_t *ring;
	size_t size;
	uint64_t base; /* position of the start of the ring, the newest one up to the head */
	uint64_t head; /* position of the next record, in octets since the start */
	uint64_t tail; /* position of the oldest complete record */
	uint64_t lost; /* records overwritten */
	uint64_t added;
};

/* Allocates a ring of `size` octets, rounded up to a multiple of 4096. Aborts if there is no
 * memory. A trace of size 0 keeps no records. */
void trace_init(struct trace *t, size_t size);
bool trace_try_init(struct trace *t,
		    size_t size); /* returns false if there is no memory; *t has size 0 then */
void trace_free(struct trace *t);

/* Exchanges the rings of `t` and `to`, an empty trace. The newest records of `t` are copied to
 * its new ring, as many as fit, at most TRACE_MOVED_MAX octets; the others are lost. Cursors
 * remain valid. The caller frees the old ring in *to with trace_free(). */
void trace_move(struct trace *t, struct trace *to);

/* Adds a record. It copies *head, sets size, len and cap, and copies at most TRACE_SNAP of the
 * `len` octets at `bytes`. */
void trace_add(struct trace *t, const struct trace_record *head, const void *bytes, size_t len);

/* Adds a record with space for at most TRACE_SNAP of `len` octets. Sets size, len and cap; the
 * caller sets all other members, and `cap` octets of `bytes`, before another call. Returns NULL if
 * the trace keeps no records. */
struct trace_record *trace_reserve(struct trace *t, size_t len);

/* Returns the record after `r`, or the oldest if `r` is NULL; NULL if there is none. The result
 * is valid until the next trace_add(). */
const struct trace_record *trace_next(const struct trace *t, const struct trace_record *r);

/* The position of a reader that reads each record once. */
struct trace_cursor {
	uint64_t position; /* in octets since the start */
	uint64_t read;     /* number of records added before it */
};

/* Moves the cursor past the newest record. */
void trace_cursor_now(const struct trace *t, struct trace_cursor *c);

/* Returns the next record and advances the cursor; NULL if there is none yet. The result is
 * valid until the next trace_add(). Adds to *lost the number of records that were overwritten
 * before they were read. */
const struct trace_record *trace_read(const struct trace *t, struct trace_cursor *c,
				      uint64_t *lost);

/* The number of records that a worker reads at a time while its clients wait: 0.2 ms. */
#define TRACE_STEP 5000

/* A copy of the newest records, taken in steps, as the ring may have millions of records. The ring
 * may change in between. */
struct trace_clone {
	struct trace_cursor at;
	uint64_t end;        /* number of records added before the copy began */
	uint64_t from;       /* the first position to copy, in octets since the start */
	struct trace copied; /* must not be added to; the caller frees it with trace_free() */
};

/* Begins a copy of at most `most` octets. Returns false if there is no memory. */
bool trace_clone_begin(struct trace_clone *c, const struct trace *t, size_t most);
/* Reads at most `records` records. Returns true if it was the last step. */
bool trace_clone_step(struct trace_clone *c, const struct trace *t, unsigned records);

/* Sets `late` in the records of packets that were added since the cursor: they were sent at
 * `now`. Advances the cursor. */
void trace_left(struct trace *t, struct trace_cursor *c, nstime now);

#endif
