/* SPDX-License-Identifier: MIT */
/* packet_ring: the receiving half of the packet link: a ring that the kernel fills. */
#ifndef SYNACKD_LINK_PACKET_RING_H
#define SYNACKD_LINK_PACKET_RING_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A TPACKET_V2 ring with virtio headers: each frame has a slot, and the kernel wakes the reader at
 * once. (TPACKET_V3 packs frames into blocks, but delivers a block only when it is full, or after
 * a millisecond.)
 *
 * The ring takes RING_SIZE octets of the kernel's memory. A slot has PACKET_SLOT octets, enough
 * for the headers of a TCP packet and 100 octets of data, so that the ring receives 200,000 SYNs a
 * second for 300 ms while the reader does not run. The kernel queues longer frames outside the
 * ring, up to PACKET_COPIES octets. A process without CAP_NET_ADMIN may get a shorter queue (sysctl
 * net.core.rmem_max). The slots are then fewer and have PACKET_SLOT_LARGE octets, enough for an
 * Ethernet frame.
 */
#define PACKET_RING_SIZE  (16 * 1024 * 1024)
#define PACKET_COPIES     (16 * 1024 * 1024) /* as the kernel counts, with its overhead */
#define PACKET_SLOT       256
#define PACKET_SLOT_LARGE 2048

struct packet_ring {
	int fd; /* not owned */
	uint8_t *map;
	uint32_t slot;  /* size of a slot, in octets */
	uint32_t next;  /* index of the current slot, or of the next one */
	bool held;      /* the slot belongs to this process until it is released */
	bool losing;    /* the kernel has counted losses that `lost` does not contain yet */
	uint32_t since; /* frames since the kernel's count was read */
	uint64_t lost;  /* frames that the kernel dropped because there was no space */
	int error;      /* errno of the socket; 0: none */
	uint8_t *copy;  /* the last frame that was longer than a slot */
};

struct packet_ring_frame {
	const uint8_t *octets; /* from the link header on */
	size_t len;
	size_t header;  /* octets of the link header; less than a known one if it is cut off */
	nstime when;    /* of CLOCK_REALTIME */
	uint16_t vlan;  /* the tag that the kernel has moved out of the frame; 0: none */
	bool other_tag; /* that tag is not of 802.1Q */
	bool owned;     /* to the interface's own link address */
	bool offload;   /* the sender left segmentation or the checksum to the hardware */
};

/* Creates the ring of a packet socket that is not bound yet. On failure returns false and sets
 * errno. packet_ring_close() is required in both cases; a zeroed struct is closed. */
bool packet_ring_open(struct packet_ring *r, int fd);
void packet_ring_close(struct packet_ring *r);

/* Returns the next frame, which is valid until the next call. Returns false if none waits. */
bool packet_ring_next(struct packet_ring *r, struct packet_ring_frame *out);

/* Returns the pending error of the socket, and clears it; 0: none. */
int packet_ring_error(struct packet_ring *r);

#endif
