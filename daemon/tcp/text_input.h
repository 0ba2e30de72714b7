/* SPDX-License-Identifier: MIT */
/* The text and the FIN that the client sends: RFC 9293 3.10.7.4, seventh and eighth check. */
#ifndef SYNACKD_TCP_TEXT_INPUT_H
#define SYNACKD_TCP_TEXT_INPUT_H

#include "tcp/conn.h"

/* A segment on its way through the checks, and what they hand on to one another. */
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

/* Takes the data of a SYN with a valid Fast Open cookie, and answers it: RFC 7413 4.2.2. */
void tcp_input_fast_open(struct tcp_conn *c, const struct segment *syn, nstime now,
			 struct plan *plan);

#endif
