/* SPDX-License-Identifier: MIT */
/* link: the interface to a source and sink of frames: packet, tun or replay. */
#ifndef SYNACKD_LINK_LINK_H
#define SYNACKD_LINK_LINK_H

#include "link/broadcasts.h"
#include "link/frame.h"
#include "wire/addr.h"

struct link;
struct answering; /* answering.h */

#define LINKS_MAX  16    /* of a responder, and therefore of a daemon */
#define LINK_ROOM  65536 /* octets: the longest packet that a responder encodes */
#define STRAYS_MAX 256   /* frames that receive() skips at most in one call */

_Static_assert(LINKS_MAX - 1 <= UINT8_MAX, "struct path has an index of a link in 8 bits");

struct link_counters {
	uint64_t frames_in;
	uint64_t frames_out;
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t dropped_in;        /* dropped by the kernel: the ring was full */
	uint64_t malformed_in;      /* no space for a link header, or a malformed record */
	uint64_t stray_in;          /* unwanted frames to the virtual MAC or a group */
	uint64_t neighbour_out;     /* answers to ARP, neighbour discovery and echo */
	uint64_t neighbour_refused; /* such requests ignored: the sender is not a client */
	uint64_t failed_out;        /* the kernel refused to send; see `last_error` */
	int last_error;             /* errno of the last failed send; 0: none */
};

struct link_ops {
	const char *kind;

	/*
	 * Receives the next frame. Returns 1 and sets *out, which is valid until the next call
	 * on this link. Returns 0 if there is no frame now, or after STRAYS_MAX skipped frames;
	 * in the latter case `fd` is still readable. Returns -1 and sets errno if the link is
	 * down; errno 0 means the end of a replay.
	 */
	int (*receive)(struct link *l, struct frame *out);

	/*
	 * Returns memory of LINK_ROOM octets for the next packet along `to`, valid until the next
	 * call of room(), send() or flush(). send() does not copy a packet that is there. Returns
	 * NULL if the link has no such memory. NULL if the link does not support it.
	 */
	uint8_t *(*room)(struct link *l, const struct path *to);

	/* Sends one IP packet, which it copies. A replay records it at the time `when`; a live
	 * link ignores `when` and sends at once. Failures are counted. */
	void (*send)(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		     nstime when);

	/* Sends the packets that send() has queued. */
	void (*flush)(struct link *l);

	/* Sets the addresses that the responder has on this link although the kernel does not
	 * own them, and the clients that may use them. Adds a reference to `answering`. The cost
	 * does not depend on their number. On failure returns false, sets errno, and changes
	 * nothing. NULL if the link does not support it. */
	bool (*answer_for)(struct link *l, struct answering *answering);

	void (*close)(struct link *l); /* frees the link */
};

/* The common part of all links, the first member of each. */
struct link {
	const struct link_ops *ops;
	char name[32]; /* "lo", "veth0", or the name of the file */
	int fd;        /* readable when frames wait; -1 for a replay, and for a shut TUN device */
	uint8_t index; /* in its responder; below LINKS_MAX */
	uint16_t mtu;  /* of the interface; at most 65,535 */
	bool live;     /* on a network, where endpoints must not answer each other */
	bool loopback; /* the kernel rewrites IPv4 length, checksum and an id of 0 here */
	bool tun;      /* a TUN device: the host routes its packets */
	struct broadcasts broadcasts; /* of this host's networks; empty for a capture */
	struct link_counters counters;
};

#endif
