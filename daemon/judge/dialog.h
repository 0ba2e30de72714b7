/* SPDX-License-Identifier: MIT */
/*
 * dialog: one connection, read from its trace: every packet of both sides, decoded, with the state
 * that both sides had advertised before it. A check has no other input.
 *
 * `in` is from the client, `out` is from the responder, and `our` refers to the responder. Sequence
 * numbers are absolute. An arrow is a packet, as in the ladder. Its `number` counts the packets of
 * the trace from 1, discarded ones included.
 */
#ifndef SYNACKD_JUDGE_DIALOG_H
#define SYNACKD_JUDGE_DIALOG_H

#include "judge/trace_copy.h"
#include "tcp/state.h"
#include "wire/options.h"
#include "wire/packet_decode.h"

#define ARROW_SACKS 4
#define VIEW_BEYOND 64 /* ranges of the responder's data after a gap */

struct range {
	uint32_t from, to;
};

/* State of both sides on the wire before an arrow. */
struct view {
	bool synced;       /* the responder's SYN is acknowledged: the next four fields are valid */
	uint32_t rcv_nxt;  /* the client's highest acknowledgment */
	uint32_t edge;     /* right edge of the client's window, as last advertised */
	uint32_t edge_max; /* rightmost edge of the client's window so far */
	uint32_t window;   /* the client's last window, in octets */

	uint32_t snd_max; /* one past the last octet, SYN or FIN that the client has sent */
	bool fin;         /* the client has sent a FIN */
	bool reset;       /* the client has reset the connection */

	uint32_t una;            /* highest acknowledgment that the responder has sent */
	uint32_t our_edge;       /* right edge of the responder's last window */
	uint32_t our_edge_max;   /* rightmost edge of the responder's window so far */
	uint32_t our_window;     /* the responder's last window, in octets */
	uint32_t our_window_max; /* the responder's largest window so far, in octets */
	bool given;              /* the responder has sent a SYN: its window is valid */
	uint32_t our_max; /* one past the last octet, SYN or FIN of the responder before any gap */
	bool our_fin, our_reset;
};

struct arrow {
	const struct trace_record *record;
	uint32_t number;
	nstime when;
	bool in;
	bool wire;    /* it crossed the wire now: neither dropped nor released from a hold */
	bool sound;   /* its checksums are valid, or unknown because hardware computes them */
	bool offload; /* as in the trace: size and checksum differ from the wire's */
	enum wire_result decoded; /* `seg` and `options` are valid if this is WIRE_OK */
	struct segment seg;       /* its payload has `kept` octets here */
	uint32_t kept;
	struct options options;
	unsigned sacks;
	struct range sack[ARROW_SACKS];
	/* Valid if it is WIRE_ICMP. */
	uint8_t icmp_type, icmp_code;
	const char *icmp; /* its name, or NULL */
	uint32_t icmp_rest;
	uint32_t icmp_seq; /* sequence number of the quoted segment */
	struct view before;
};

/* Result of a search for arrows by find_in() or find_out(): no arrow from `from` up to `end`, `end`
 * excluded, fits. Checks repeat the same search from one arrow after another. Without this cache,
 * each search would walk to the end of a connection that has no such arrow. */
struct search {
	bool (*fits)(const struct arrow *a); /* NULL: unused */
	bool in;
	const struct arrow *from, *end;
};

#define SEARCHES 32 /* must be a power of two */

/* The part of the flow key that two dialogs have in common. */
enum common {
	COMMON_CLIENT, /* client address */
	COMMON_HOSTS,  /* both addresses */
	COMMON_ENDS,   /* both addresses and both ports */
	COMMON_COUNT
};

struct dialog {
	struct trace_copy copy; /* owned; the records */
	struct arrow *arrow;    /* in the order of the trace */
	unsigned arrows;
	struct search *search; /* owned; SEARCHES entries, or NULL if the dialog is short */
	/* Behaviour and endpoint of the responder, from records of state changes. "" without such a
	 * record: the caller has to supply them. */
	char behaviour[TRACE_SNAP];
	char endpoint[TRACE_SNAP];
	bool v4;
	/* Valid among the dialogs that were gathered together (gather.h). */
	uint32_t client;                         /* number of its client, from 0 */
	bool first;                              /* it is the first dialog of its client */
	const struct dialog *next[COMMON_COUNT]; /* next dialog with this much in common, or NULL */
	bool settled; /* the responder's connection has closed: no record follows */
	nstime settled_at;
	nstime watched; /* end of the time that the trace covers */

	bool has_syn, has_iss;
	uint32_t isn, iss;          /* ISN of the client, and of the responder */
	const struct arrow *syn;    /* the client's first SYN, or NULL */
	const struct arrow *answer; /* SYN or SYN-ACK that the client accepted, or NULL */
	const struct arrow *open; /* first segment that acknowledges the responder's SYN, or NULL */
	nstime rtt;               /* time from `answer` to `open` */

	/* Options that both SYNs negotiated; valid if `open` is set. */
	bool ts, sack, scaled, ecn;
	uint8_t shift, our_shift; /* 0 unless scaled */
	uint16_t mss;             /* the responder's; 0: no MSS option */
	bool stamps_ms;           /* the client's timestamps seem to be in milliseconds */
	struct view after;        /* state after the last arrow */
	/* The client's reset at the end of its data, before either side has sent a FIN: an abort
	 * (RFC 9293 3.10.5) by its program or its TCP. NULL if there is none. */
	const struct arrow *abort;
};

/* Decodes the records of a copy, and takes over the copy. `watched` is the current time; for a copy
 * that was cut, the end of the copy is used. Returns false if memory runs out, and *d is empty
 * then. */
bool dialog_read(struct dialog *d, struct trace_copy *copy, nstime watched);
void dialog_free(struct dialog *d);

/* Returns the arrow after `a`, or the first if `a` is NULL; NULL if there is none. */
static inline const struct arrow *arrow_next(const struct dialog *d, const struct arrow *a)
{
	const struct arrow *next = a ? a + 1 : d->arrow;

	return next < d->arrow + d->arrows ? next : NULL;
}

#endif
