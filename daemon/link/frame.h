/* SPDX-License-Identifier: MIT */
/* frame: a received packet, and the path for its answers. */
#ifndef SYNACKD_LINK_FRAME_H
#define SYNACKD_LINK_FRAME_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The link layer path to the sender of a frame. */
struct path {
	uint8_t remote[6]; /* link address of the sender; zero if the link has none */
	uint8_t local[6];
	uint16_t vlan; /* tag control information; 0: untagged */
	uint8_t link;  /* index of the link in its responder */
};

/* A received IP packet, without its link header. */
struct frame {
	const uint8_t *packet; /* from the IP header on; borrowed until the next receive() */
	size_t len;            /* in octets; includes any padding after the IP packet */
	nstime when;           /* time stamp of the frame, of CLOCK_REALTIME on a live link */
	/* Time between the arrival and `when`, if the responder's clock had passed the arrival. */
	nstime lag;
	struct path path;
	bool owned;   /* sent to the interface's own link address; false in a capture */
	bool offload; /* larger than the MTU, or its checksum was left to the hardware */
};

#endif
