/* SPDX-License-Identifier: MIT */
/* packet_send: the sending half of the packet link: sends IP packets in batches. */
#ifndef SYNACKD_LINK_PACKET_SEND_H
#define SYNACKD_LINK_PACKET_SEND_H

#include "link/interface.h"
#include "link/link.h"

struct sender;

/* Counts sent and failed packets in `counters`, which the caller owns and must keep until
 * sender_close(). On failure returns NULL and sets *error to a message, which the caller frees. */
struct sender *sender_open(const struct interface *interface, struct link_counters *counters,
			   char **error);

/* Returns the place of the next packet along `to`, of LINK_ROOM octets: sender_send() does not copy
 * a packet that is there. Sends a full batch. Returns NULL on loopback. */
uint8_t *sender_room(struct sender *s, const struct path *to);
/* Copies a packet to the batch; sends a full batch at once. Never blocks. */
void sender_send(struct sender *s, const struct path *to, const uint8_t *packet, size_t len);
/* Copies an Ethernet frame with a header of `header` octets to the batch. */
void sender_send_frame(struct sender *s, const uint8_t *frame, size_t header, size_t len);
void sender_flush(struct sender *s);
void sender_close(struct sender *s); /* discards packets that were not flushed; `s` may be NULL */

#endif
