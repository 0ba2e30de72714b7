/* SPDX-License-Identifier: MIT */
/*
 * One connection as it went, read from its trace: every packet of both sides, decoded, and beside
 * each what both sides had said before it. That is all that a check gets to see.
 *
 * Words: `in` is from the client, `out` is ours. Numbers of sequence are absolute. An arrow is a
 * packet, as in the ladder; its `number` counts those of the trace, from 1, whatever became of
 * them.
 */
#ifndef SYNACKD_JUDGE_DIALOG_H
#define SYNACKD_JUDGE_DIALOG_H

#include "judge/trace_copy.h"
#include "tcp/state.h"
#include "wire/options.h"
#include "wire/packet_decode.h"

#define ARROW_SACKS 4
#define VIEW_BEYOND 64 /* ranges of ours behind a gap */

struct range {
	uint32_t from, to;
};

/* What had been said on the wire before an arrow. */
struct view {
	bool synced;       /* the client has acknowledged our SYN: the next three hold */
	uint32_t rcv_nxt;  /* its highest acknowledgment */
	uint32_t edge;     /* the right edge of its window, as it was said last */
	uint32_t edge_max; /* the rightmost that it ever had */
	uint32_t window;   /* of the last, in octets */

	uint32_t snd_max; /* one past the last octet, SYN or FIN that it ever sent */
	bool fin;         /* its FIN is among them */
	bool reset;       /* it reset the connection */

	uint32_t una;            /* the highest number of its octets that we acknowledged */
	uint32_t our_edge;       /* the right edge of the window that we gave last */
	uint32_t our_edge_max;   /* the rightmost of all */
	uint32_t our_window;     /* that window, in octets */
	uint32_t our_window_max; /* the largest of all */
	bool given;              /* there is one: our SYN was sent */
	uint32_t our_max;        /* one past the last of ours, without gaps */
	bool our_fin, our_reset;
};

struct arrow {
	const struct trace_record *record;
	uint32_t number;
	nstime when;
	bool in;
	bool wire;    /* it crossed the wire now: was not dropped before, nor only handed on */
	bool sound;   /* its checksums are right, or unknown: hardware was to fill them in */
	bool offload; /* as the trace says: neither its size nor its checksum is the wire's */
	enum wire_result decoded; /* `seg` and `options` hold when it is WIRE_OK */
	struct segment seg;       /* of its payload, `kept` octets are there */
	uint32_t kept;
	struct options options;
	unsigned sacks;
	struct range sack[ARROW_SACKS];
	/* When it is WIRE_ICMP: */
	uint8_t icmp_type, icmp_code;
	const char *icmp; /* its name; NULL: none */
	uint32_t icmp_rest;
	uint32_t icmp_seq; /* of the segment that it quotes */
	struct view before;
};

/*
 * What a search for arrows (find_in() and find_out()) has seen: from `from` up to `end`, which is
 * not included, none fits. Checks look for the same, again and again, from one arrow after the
 * other on; each would walk to the end of a connection in which there is none.
 */
struct search {
	bool (*fits)(const struct arrow *a); /* NULL: free */
	bool in;
	const struct arrow *from, *end;
};

#define SEARCHES 32 /* a power of two */

/* What two dialogs have in common: the beginning of the flow key. */
enum common {
	COMMON_CLIENT, /* the client's address */
	COMMON_HOSTS,  /* both addresses */
	COMMON_ENDS,   /* both addresses and both ports */
	COMMON_COUNT
};

struct dialog {
	struct trace_copy copy; /* owned: the records */
	struct arrow *arrow;    /* in the order of the trace */
	unsigned arrows;
	struct search *search; /* owned; SEARCHES of them, NULL: a short one needs none */
	/* What the server's end was; "" as long as nothing moved: then it is the caller's to say.
	 */
	char behaviour[TRACE_SNAP];
	char endpoint[TRACE_SNAP];
	bool v4;
	/* Among the dialogs that were gathered with it (gather.h): */
	uint32_t client;                         /* the number of its client, from 0 on */
	bool first;                              /* it is the first one of its client */
	const struct dialog *next[COMMON_COUNT]; /* the next one that has so much in common with
						  * it; NULL: none */
	bool settled; /* our machine's connection is gone: nothing of it will follow */
	nstime settled_at;
	nstime watched; /* until then we would have seen what came */

	bool has_syn, has_iss;
	uint32_t isn, iss;          /* the client's first number, and ours */
	const struct arrow *syn;    /* the client's first SYN; NULL: there is none */
	const struct arrow *answer; /* our SYN that it took, with or without ACK; NULL: none */
	const struct arrow *open;   /* the first that acknowledges our SYN; NULL: none */
	nstime rtt;                 /* between these two */

	/* What both SYNs agreed on; holds when `open`. */
	bool ts, sack, scaled, ecn;
	uint8_t shift, our_shift; /* 0 unless scaled */
	uint16_t mss;             /* ours; 0: none was said */
	bool stamps_ms;    /* the client's timestamps are milliseconds, as far as can be told */
	struct view after; /* behind the last arrow */
	/* The client's reset at the end of its octets, though neither side had closed: an abort
	 * (RFC 9293 3.10.5), its program's or its TCP's. NULL: there is none. */
	const struct arrow *abort;
};

/* Decode the records of a copy, which goes over to the dialog. `watched`: now; of a copy that was
 * cut, it is its end. False: no memory, and *d is empty. */
bool dialog_read(struct dialog *d, struct trace_copy *copy, nstime watched);
void dialog_free(struct dialog *d);

/* The arrow behind `a` (NULL: the first), NULL past the last. */
static inline const struct arrow *arrow_next(const struct dialog *d, const struct arrow *a)
{
	const struct arrow *next = a ? a + 1 : d->arrow;

	return next < d->arrow + d->arrows ? next : NULL;
}

#endif
