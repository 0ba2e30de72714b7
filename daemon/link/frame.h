/* SPDX-License-Identifier: MIT */
/* What a link hands over, and the way back. */
#ifndef SYNACKD_LINK_FRAME_H
#define SYNACKD_LINK_FRAME_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The way back to where a frame came from. */
struct path {
	uint8_t link;      /* index of the link in its worker */
	uint8_t remote[6]; /* link addresses; zero where the link has none */
	uint8_t local[6];
	uint16_t vlan; /* tag control information, 0 when untagged */
};

/* One IP packet as a link hands it over: the link header is already off. */
struct frame {
	const uint8_t *packet; /* from the IP header on; borrowed until the next receive */
	size_t len;            /* link padding may follow the IP packet */
	nstime when; /* stamp of the frame, not of our waking up; live by CLOCK_REALTIME */
	struct path path;
	bool owned;   /* it came to a link address of the kernel's; false in a capture */
	bool offload; /* larger than the MTU, or its checksum was left to the hardware */
};

#endif
