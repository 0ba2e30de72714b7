/* SPDX-License-Identifier: MIT */
#include "run.h"

#include "wire/cursor.h"

#include <string.h>

static const uint8_t any_cookie[] = "cookie!!cookie!!cookie!!cookie!!cookie";

_Static_assert(sizeof(any_cookie) == FAST_OPEN_COOKIE_MAX + 1, "for the longest");

/* Edges of SACK blocks are sequence numbers, too. */
static void rebase_sack(struct segment *s, uint32_t add)
{
	struct option_walk w;

	option_walk_begin(&w, s->opt, s->opt_len);
	while (option_walk_next(&w) == OPTION_FOUND) {
		uint8_t *p;

		if (w.kind != OPT_SACK)
			continue;
		p = s->opt + (w.data - s->opt);
		for (unsigned i = 0; i + 4 <= w.data_len; i += 4) {
			struct cursor c = cursor_of(p + i, 4);

			put_u32(p + i, cursor_u32(&c) + add);
		}
	}
}

/* Scripts use a fixed cookie in place of the responder's cookie. Replaces octets of `from` by those
 * of `to`. */
static void replace_cookie(struct segment *s, const uint8_t *from, const uint8_t *to)
{
	struct option_walk w;

	option_walk_begin(&w, s->opt, s->opt_len);
	while (option_walk_next(&w) == OPTION_FOUND)
		if (w.kind == OPT_FAST_OPEN && memcmp(w.data, from, w.data_len) == 0)
			memcpy(s->opt + (w.data - s->opt), to, w.data_len);
}

void relative_to_wire(const struct run *run, struct segment *s)
{
	s->seq += run->client_isn;
	if (s->flags & TCP_ACK)
		s->ack += run->server_isn;
	rebase_sack(s, run->server_isn);
	replace_cookie(s, any_cookie, run->cookie);
}

void relative_from_wire(const struct run *run, struct segment *s)
{
	s->seq -= run->server_isn_known ? run->server_isn : 0;
	if (s->flags & TCP_ACK)
		s->ack -= run->client_isn;
	rebase_sack(s, -run->client_isn);
	replace_cookie(s, run->cookie, any_cookie);
}
