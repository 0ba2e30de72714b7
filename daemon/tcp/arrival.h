/* SPDX-License-Identifier: MIT */
/* A segment on its way through the checks of RFC 9293 3.10.7, private to tcp/: input.c has the
 * first five, text_input.c the seventh and the eighth. */
#ifndef SYNACKD_TCP_ARRIVAL_H
#define SYNACKD_TCP_ARRIVAL_H

#include "tcp/machine.h"

/* The state that the checks hand on to one another. */
struct arrival {
	const struct segment *seg;
	struct options options;
	bool ack_only; /* not acceptable, and answered; but its ACK field counts */

	/* Set by tcp_text(): the part of the segment that lies in the window. */
	uint32_t seq;
	const uint8_t *payload;
	uint32_t len;
	bool fin;
	bool ack_now; /* its text is to be acknowledged at once */
};

/* RFC 2883: the next ACK reports [from, to), which was received twice. */
void tcp_note_duplicate(struct tcp_conn *c, uint32_t from, uint32_t to);

/* The seventh check, the text, and the eighth, the FIN. Sends the ACK that must not wait. */
void tcp_text(struct tcp_conn *c, struct arrival *a, nstime now, struct plan *plan);

/* 3.10.7.3, fourth check: the text and the FIN of a SYN that crosses ours wait until the connection
 * is ESTABLISHED. The SYN-ACK does not acknowledge them. */
void tcp_text_queue(struct tcp_conn *c, struct arrival *syn);
/* The connection is ESTABLISHED: what waited is received now, and acknowledged in this turn. */
void tcp_text_dequeue(struct tcp_conn *c, nstime now, struct plan *plan);

#endif
