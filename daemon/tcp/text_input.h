/* SPDX-License-Identifier: MIT */
/* text_input: processes text and FIN of the client: RFC 9293 3.10.7.4, seventh and eighth check. */
#ifndef SYNACKD_TCP_TEXT_INPUT_H
#define SYNACKD_TCP_TEXT_INPUT_H

#include "tcp/conn.h"

/* A segment during the checks, and the results that one check passes to the next. */
struct arrival {
	const struct segment *seg;
	struct options options;
	bool ack_only; /* not acceptable, and answered; only its ACK field is processed */

	/* The part of the segment in the window; set by tcp_text(). */
	uint32_t seq;
	const uint8_t *payload;
	uint32_t len;
	bool fin;
	bool ack_now; /* its text must be acknowledged at once */
};

/* Makes the next ACK report [from, to) as received twice (RFC 2883). */
void tcp_note_duplicate(struct tcp_conn *c, uint32_t from, uint32_t to);

/* Processes the text (seventh check) and the FIN (eighth). Sends the ACK if it must not wait. */
void tcp_text(struct tcp_conn *c, struct arrival *a, nstime now, struct plan *plan);

/* Keeps the text and FIN of a SYN that crossed our SYN until the connection is ESTABLISHED
 * (3.10.7.3, fourth check). The SYN-ACK does not acknowledge them. */
void tcp_text_queue(struct tcp_conn *c, struct arrival *syn);
/* Receives the kept text and FIN, now that the connection is ESTABLISHED. This turn acknowledges
 * them. */
void tcp_text_dequeue(struct tcp_conn *c, nstime now, struct plan *plan);

/* Accepts the data of a SYN with a valid Fast Open cookie, and answers the SYN (RFC 7413 4.2.2). */
void tcp_input_fast_open(struct tcp_conn *c, const struct segment *syn, nstime now,
			 struct plan *plan);

#endif
