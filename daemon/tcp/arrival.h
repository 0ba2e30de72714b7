/* SPDX-License-Identifier: MIT */
/* A segment on its way through the checks of RFC 9293 3.10.7, private to tcp/: input.c has the
 * first five, text.c the seventh and the eighth. */
#ifndef SYNACKD_TCP_ARRIVAL_H
#define SYNACKD_TCP_ARRIVAL_H

#include "tcp/machine.h"

/* What the checks hand on to one another. */
struct arrival {
	const struct segment *seg;
	struct options options;
	uint32_t seq; /* trimmed to the window: where the octets that we want begin */
	const uint8_t *payload;
	uint32_t len;
	bool fin;
	bool ack_only; /* not acceptable, and answered; but its ACK field counts */
	bool ack_now;  /* what it brought is to be acknowledged at once */
};

/* RFC 2883: the next ACK reports [from, to), which was received twice. */
void tcp_note_duplicate(struct tcp_conn *c, uint32_t from, uint32_t to);

/* "Segments with higher beginning sequence numbers SHOULD be held", and what lies outside the
 * window is trimmed off, SYN and FIN with it. */
void tcp_text_trim(struct tcp_conn *c, struct arrival *a);

/* The seventh check, the text, and the eighth, the FIN, of a segment that was trimmed. Sends the
 * ACK that must not wait. */
void tcp_text(struct tcp_conn *c, struct arrival *a, nstime now, struct plan *plan);

#endif
