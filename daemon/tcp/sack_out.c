/* SPDX-License-Identifier: MIT */
#include "tcp/sack_out.h"

#include "wire/cursor.h"

#define SACK_BLOCKS_MAX 4

static void put_block(uint8_t **p, uint32_t from, uint32_t to)
{
	put_u32(*p, from);
	put_u32(*p + 4, to);
	*p += 8;
}

void tcp_sack_out(struct tcp_conn *c, struct segment *out)
{
	const struct recvq *q = &c->recvq;
	unsigned room = (SEGMENT_OPT_MAX - out->opt_len - 4u) / 8;
	uint32_t below = UINT32_MAX;
	uint8_t *option = out->opt + out->opt_len, *p = option + 4;

	if (room > SACK_BLOCKS_MAX)
		room = SACK_BLOCKS_MAX;
	if (c->dsack_from != c->dsack_to) {
		put_block(&p, c->dsack_from, c->dsack_to);
		c->dsack_from = c->dsack_to;
		room--;
	}
	for (; room; room--) {
		const struct recvq_range *latest = NULL;

		for (unsigned i = 0; i < q->ranges; i++) {
			const struct recvq_range *r = &q->range[i];

			if (r->stamp < below && (!latest || r->stamp > latest->stamp))
				latest = r;
		}
		if (!latest)
			break;
		below = latest->stamp;
		put_block(&p, c->rcv_nxt + latest->from - (uint32_t)q->ready,
			  c->rcv_nxt + latest->to - (uint32_t)q->ready);
	}
	option[0] = option[1] = OPT_NOP;
	option[2] = OPT_SACK;
	option[3] = (uint8_t)(p - option - 2);
	out->opt_len = (uint8_t)(p - out->opt);
}
