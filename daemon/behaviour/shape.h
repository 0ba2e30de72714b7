/* SPDX-License-Identifier: MIT */
/* shape: changes, splits and reorders the octets of segments. */
#ifndef SYNACKD_BEHAVIOUR_SHAPE_H
#define SYNACKD_BEHAVIOUR_SHAPE_H

#include "tcp/plan.h"

/* A number of octets, or a percentage of a payload. */
struct portion {
	bool given;
	bool hundredths;
	uint32_t n;
};

/* The parts apply in this order. */
struct rule_shape {
	struct portion keep; /* keeps the first octets; FIN and PSH are lost with the others */
	/* Skips the first octets, and SYN; SEQ becomes that of the next octet. */
	struct portion skip;
	uint8_t *fill; /* owned: a pattern that replaces the octets; NULL: unchanged */
	uint32_t fill_len;
	bool has_cut; /* truncates TCP header, options and payload to `cut` octets */
	uint16_t cut;
};

/* Maximum number of pieces of a segment. If more are requested, the pieces are longer. */
#define PIECES_MAX 4096

struct rule_split {
	uint32_t octets; /* length of each piece, except the last; 0: see `pieces` */
	uint32_t pieces; /* number of pieces, of about equal length; both 0: no split */
	nstime spacing;  /* delay of each piece after the previous one */
};

enum rule_order {
	ORDER_KEPT,
	ORDER_REVERSE, /* from last to first */
	ORDER_SWAP,    /* swaps each pair of segments */
	ORDER_COUNT
};

const char *rule_order_name(enum rule_order o); /* e.g. "reverse" */

/* Changes the payload of a segment. The plan owns new octets; without memory for `fill`, the old
 * ones remain. */
void shape_apply(const struct rule_shape *shape, struct plan *plan, struct segment *seg);

/* Splits the segment of item `at` into pieces. `met` is the number of rules already applied to
 * them. SYN and CWR stay in the first piece, FIN and PSH in the last. Returns the number of
 * additional items; 0, and does not split, if the plan grants fewer than needed. */
unsigned shape_split(struct plan *plan, unsigned at, const struct rule_split *split, uint16_t met);

/* Reorders those items of [first, end) whose `order` is `mark`; other items keep their places. */
void shape_order(struct plan *plan, unsigned first, unsigned end, enum rule_order how,
		 uint16_t mark);

#endif
