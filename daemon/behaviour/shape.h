/* SPDX-License-Identifier: MIT */
/* What becomes of a segment's octets: which of them are left, what they are, in how many segments
 * and in what order they go. */
#ifndef SYNACKD_BEHAVIOUR_SHAPE_H
#define SYNACKD_BEHAVIOUR_SHAPE_H

#include "tcp/plan.h"

/* So many octets, or so many hundredths of a payload. */
struct portion {
	bool given;
	bool hundredths;
	uint32_t n;
};

/* In this order. */
struct rule_shape {
	struct portion keep; /* the first ones stay; with the others FIN and PSH go */
	struct portion skip; /* the first ones go, SYN with them, and SEQ is that of the next */
	uint8_t *fill;       /* over and over, in place of the octets; owned, NULL: as they are */
	uint32_t fill_len;
	bool has_cut; /* of TCP header, options and payload only `cut` octets are there */
	uint16_t cut;
};

/* Of one segment: should they be more, they are longer. */
#define PIECES_MAX 4096

struct rule_split {
	uint32_t octets; /* of each piece, the last may have less; or */
	uint32_t pieces; /* so many of about the same length; both 0: the segment stays whole */
	nstime spacing;  /* each leaves so much later than the one before */
};

enum rule_order {
	ORDER_KEPT,
	ORDER_REVERSE, /* the last one first */
	ORDER_SWAP,    /* each two change places */
	ORDER_COUNT
};

const char *rule_order_name(enum rule_order o); /* "reverse" */

/* New octets are kept by the plan; without memory for them the old ones stay. */
void shape_apply(const struct rule_shape *shape, struct plan *plan, struct segment *seg);

/* Cut the segment of item `at` into pieces, which stand from there on and say that they met the
 * rules before `met`. SYN and CWR stay with the first piece, FIN and PSH with the last. Returns how
 * many items more there are: none where the plan grants fewer than that takes. */
unsigned shape_split(struct plan *plan, unsigned at, const struct rule_split *split, uint16_t met);

/* Change the places of those items of [first, end) whose `order` is `mark`, among themselves. */
void shape_order(struct plan *plan, unsigned first, unsigned end, enum rule_order how,
		 uint16_t mark);

#endif
