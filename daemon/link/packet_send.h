/* SPDX-License-Identifier: MIT */
/* The sending half of the packet link: gathers IP packets, and sends them with few system calls. */
#ifndef SYNACKD_LINK_PACKET_SEND_H
#define SYNACKD_LINK_PACKET_SEND_H

#include "link/interface.h"
#include "link/link.h"

struct sender;

/* What is sent or fails is counted in `counters`, which stays the caller's and outlives the sender.
 * On failure NULL, and *error (owned by the caller) is one sentence. */
struct sender *sender_open(const struct interface *interface, struct link_counters *counters,
			   char **error);

/* Copy one packet into the batch; a full batch is sent at once. Never blocks. */
void sender_send(struct sender *s, const struct path *to, const uint8_t *packet, size_t len);
/* Likewise a whole Ethernet frame, whose header is `header` octets long. */
void sender_send_frame(struct sender *s, const uint8_t *frame, size_t header, size_t len);
void sender_flush(struct sender *s);
void sender_close(struct sender *s); /* throws away what was not flushed; NULL is fine */

#endif
