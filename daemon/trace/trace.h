/* SPDX-License-Identifier: MIT */
/*
 * What crossed the wire, both ways, and what was done to it: a ring of records of one worker, for
 * all its connections. When it is full the oldest records go. Packets are kept as bytes up to
 * TRACE_SNAP, so that options, lies and all can be shown and exported as they were.
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
	TRACE_STATE,   /* the machine moved; from and to */
	TRACE_NOTE,    /* what a rule made the machine do; text */
	TRACE_ATTEMPT, /* the SYN before it is of no connection (yet); see behaviour/moved.h */
	TRACE_LOSS,    /* of no connection: frames were lost before we heard them; text */
};

/* What became of a packet beside being taken or sent. */
enum trace_fate {
	FATE_NONE,
	FATE_DROPPED,  /* by a rule, or because a rule silenced the connection */
	FATE_ANSWERED, /* in: dropped by a rule that answered it in place of the machine */
	FATE_HELD,     /* in: the machine gets it later (a record of its own says when) */
	FATE_RELEASED, /* in: a held one reaches the machine now */
	FATE_ABSORBED, /* in: the repeat of one that is held */
	FATE_DELAYED,  /* out: goes on the wire later (a record of its own says when) */
	FATE_OUTDATED, /* out: delayed, and thrown away as the connection is past it */
	FATE_REFUSED,  /* out: the safety rules did not let it go */
	FATE_SPOILT,   /* in: its checksum is wrong, so it was discarded */
	FATE_COUNT
};

const char *trace_fate_name(enum trace_fate f); /* "held"; "" for FATE_NONE */

struct trace_record {
	uint32_t size; /* of the record in the ring, a multiple of 8 */
	uint8_t kind;  /* enum trace_kind */
	uint8_t fate;  /* enum trace_fate */
	uint8_t state; /* of the connection after the event; for TRACE_STATE the new one */
	uint8_t from;  /* TRACE_STATE: the old one */
	uint64_t flow; /* id of the connection or attempt; 0 when there is none */
	nstime when;
	uint32_t iss, irs; /* to show sequence numbers relative to; 0 when not known yet */
	uint32_t len;      /* of the whole packet */
	uint32_t late;     /* out: us between `when` and its leaving; 0 where it was not measured */
	uint16_t cap;      /* bytes kept; of a note, the length of its text */
	bool offload;
	struct causes causes;
	uint8_t bytes[]; /* `cap` of them: from the IP header on, or the text of a note */
};

struct trace {
	uint8_t *ring;
	size_t size;
	uint64_t base; /* the position that is the begin of the ring */
	uint64_t head; /* where the next record goes, counted since the start */
	uint64_t tail; /* the oldest record that is whole */
	uint64_t lost; /* records that made room */
	uint64_t added;
};

/* `size` octets, rounded up to a multiple of 4096; 0 keeps nothing at all. */
void trace_init(struct trace *t, size_t size);
bool trace_try_init(struct trace *t, size_t size); /* false: no memory, and it keeps nothing */
void trace_free(struct trace *t);

/* As it is now, to be read while the original goes on: the newest of it, `most` octets at most.
 * It is added to no more; the caller's, by trace_free(). False: no memory, and *out is empty. */
bool trace_clone(const struct trace *t, size_t most, struct trace *out);

/* Give `t` the ring of `to`, an empty trace, with its size. The newest records move with it, as
 * many as fit, of TRACE_MOVED_MAX octets at most; the others are lost. Readers' cursors stay valid.
 * *to has the old ring then, for trace_free(). */
void trace_move(struct trace *t, struct trace *to);

/* Add a record with the given head (size and cap are set here). `bytes` are cut at TRACE_SNAP. */
void trace_add(struct trace *t, const struct trace_record *head, const void *bytes, size_t len);

/* The record after `r` (NULL: the oldest), NULL past the newest. Valid until the next trace_add. */
const struct trace_record *trace_next(const struct trace *t, const struct trace_record *r);

/* The place of a reader that reads each record once. */
struct trace_cursor {
	uint64_t position; /* counted like head */
	uint64_t read;     /* records that were added before it */
};

/* Behind the newest. */
void trace_cursor_now(const struct trace *t, struct trace_cursor *c);

/* The next record, NULL when there is none yet; valid until the next trace_add. *lost grows by the
 * number of records that made room before they were read. */
const struct trace_record *trace_read(const struct trace *t, struct trace_cursor *c,
				      uint64_t *lost);

/* What was sent since the cursor left at `now` only: its records say how late that was. */
void trace_left(struct trace *t, struct trace_cursor *c, nstime now);

#endif
