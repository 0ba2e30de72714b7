/* SPDX-License-Identifier: MIT */
#include "behaviour/shape.h"

static const char *const order_names[ORDER_COUNT] = {
	[ORDER_KEPT] = "kept",
	[ORDER_REVERSE] = "reverse",
	[ORDER_SWAP] = "swap",
};

const char *rule_order_name(enum rule_order o)
{
	return order_names[o];
}

/* Returns the portion of `len` octets, rounded up. */
static uint32_t portion_of(const struct portion *p, uint32_t len)
{
	uint64_t n = p->hundredths ? ((uint64_t)len * p->n + 99) / 100 : p->n;

	return n < len ? (uint32_t)n : len;
}

static void keep_first(struct segment *seg, uint32_t n)
{
	if (n == seg->len)
		return;
	seg->len = n;
	seg->flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
}

static void skip_first(struct segment *seg, uint32_t n)
{
	if (!n)
		return;
	seg->seq += n + !!(seg->flags & TCP_SYN);
	seg->flags &= (uint8_t)~TCP_SYN;
	seg->payload += n;
	seg->len -= n;
}

static void fill(const struct rule_shape *shape, struct plan *plan, struct segment *seg)
{
	uint8_t *octets = seg->len ? plan_room(plan, seg->len) : NULL;

	if (!octets)
		return;
	for (uint32_t i = 0; i < seg->len; i++)
		octets[i] = shape->fill[i % shape->fill_len];
	seg->payload = octets;
}

void shape_apply(const struct rule_shape *shape, struct plan *plan, struct segment *seg)
{
	if (shape->keep.given)
		keep_first(seg, portion_of(&shape->keep, seg->len));
	if (shape->skip.given)
		skip_first(seg, portion_of(&shape->skip, seg->len));
	if (shape->fill_len)
		fill(shape, plan, seg);
	if (shape->has_cut) {
		seg->lie.has_cut = true;
		seg->lie.cut = shape->cut;
	}
}

static uint32_t round_up(uint32_t len, uint32_t pieces)
{
	return (len + pieces - 1) / pieces;
}

/* Returns the number of pieces for `len` octets; no piece is empty. */
static uint32_t piece_count(const struct rule_split *split, uint32_t len)
{
	uint32_t n = split->octets ? round_up(len, split->octets) : split->pieces;

	if (n > PIECES_MAX)
		n = PIECES_MAX;
	return n < len ? n : len;
}

/* Returns the length of the next piece, if `count` pieces remain for `len` octets. */
static uint32_t piece_length(const struct rule_split *split, uint32_t count, uint32_t len)
{
	uint32_t even = round_up(len, count), n = split->octets > even ? split->octets : even;

	return n < len ? n : len;
}

/* Makes a piece of the octets [from, from + len) of `whole`. */
static void cut_piece(struct plan_item *piece, const struct plan_item *whole, uint32_t from,
		      uint32_t len)
{
	struct segment *seg = &piece->seg;

	*piece = *whole;
	if (from) {
		seg->seq += from + !!(seg->flags & TCP_SYN);
		seg->flags &= (uint8_t) ~(TCP_SYN | TCP_CWR);
		seg->payload += from;
	}
	seg->len = len;
	if (from + len < whole->seg.len)
		seg->flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
}

unsigned shape_split(struct plan *plan, unsigned at, const struct rule_split *split, uint16_t met)
{
	struct plan_item whole = plan->item[at];
	uint32_t count, from = 0;

	if (!split->octets && !split->pieces)
		return 0;
	count = piece_count(split, whole.seg.len);
	if (count < 2 || plan_grant(plan, count - 1) < count - 1 ||
	    !plan_insert(plan, at + 1, count - 1))
		return 0;
	whole.met = met;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t len = piece_length(split, count - i, whole.seg.len - from);

		cut_piece(&plan->item[at + i], &whole, from, len);
		plan->item[at + i].delay += (nstime)i * split->spacing;
		from += len;
	}
	return count - 1;
}

static void swap_items(struct plan *plan, unsigned a, unsigned b)
{
	struct plan_item item = plan->item[a];

	plan->item[a] = plan->item[b];
	plan->item[b] = item;
}

static void reverse(struct plan *plan, unsigned first, unsigned end, uint16_t mark)
{
	while (first < end) {
		if (plan->item[first].order != mark)
			first++;
		else if (plan->item[end - 1].order != mark)
			end--;
		else
			swap_items(plan, first++, --end);
	}
}

static void swap(struct plan *plan, unsigned first, unsigned end, uint16_t mark)
{
	unsigned other = end;

	for (unsigned at = first; at < end; at++) {
		if (plan->item[at].order != mark)
			continue;
		if (other == end) {
			other = at;
		} else {
			swap_items(plan, other, at);
			other = end;
		}
	}
}

void shape_order(struct plan *plan, unsigned first, unsigned end, enum rule_order how,
		 uint16_t mark)
{
	if (how == ORDER_REVERSE)
		reverse(plan, first, end, mark);
	else if (how == ORDER_SWAP)
		swap(plan, first, end, mark);
}
