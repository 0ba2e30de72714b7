/* SPDX-License-Identifier: MIT */
/* Where frames come from and go to. Three kinds behind one vtable: packet, tun, replay. */
#ifndef SYNACKD_LINK_LINK_H
#define SYNACKD_LINK_LINK_H

#include "link/broadcasts.h"
#include "link/frame.h"
#include "wire/addr.h"

struct link;

#define LINKS_MAX  16  /* of one responder, and so of a daemon */
#define STRAYS_MAX 256 /* that are passed over at one go, before others have their turn */

_Static_assert(LINKS_MAX - 1 <= UINT8_MAX, "struct path has an index of a link in 8 bits");

struct link_counters {
	uint64_t frames_in;
	uint64_t frames_out;
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t dropped_in;        /* by the kernel, for want of room in the ring */
	uint64_t malformed_in;      /* no room for a link header, a broken record */
	uint64_t stray_in;          /* at the virtual MAC or to a group, and not for us; 802.1ad */
	uint64_t neighbour_out;     /* answers to ARP, neighbour discovery and echo */
	uint64_t neighbour_refused; /* likewise not given: the asker is no client */
	uint64_t failed_out;        /* the kernel refused a send; `last_error` says why */
	int last_error;             /* errno of the last failed send, 0 when none */
};

struct link_ops {
	const char *kind;

	/* Take the next frame. 1: *out is filled and valid until the next call on this link.
	 * 0: none now, or STRAYS_MAX were passed over, and `fd` is still readable. -1: the link is
	 * at its end (replay) or down, errno says why (0: the end). */
	int (*receive)(struct link *l, struct frame *out);

	/* Send one IP packet at `when` (a live link sends at once and ignores it; the bytes are
	 * copied). Counts its own failures. */
	void (*send)(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		     nstime when);

	/* Push out what send has gathered. */
	void (*flush)(struct link *l);

	/* From now on these addresses are ours here, though the kernel does not own them, for these
	 * clients; both are copied. False: errno says why, and things are as they were. NULL where
	 * a link cannot. */
	bool (*answer_for)(struct link *l, const struct prefix *own, unsigned owns,
			   const struct prefix *client, unsigned clients);

	void (*close)(struct link *l); /* frees it */
};

/* The common part, first member of each kind. */
struct link {
	const struct link_ops *ops;
	char name[32]; /* "lo", "veth0", or the file's name */
	int fd;        /* readable when frames wait; -1 for replay, and of a tun that was shut */
	uint8_t index; /* in its responder, below LINKS_MAX */
	uint16_t mtu;  /* of the interface; 65,535 at most */
	bool live; /* of a network, where endpoints must not talk to each other; not of a capture */
	bool loopback; /* the kernel rewrites IPv4 length, checksum and a zero id here */
	bool tun;      /* a TUN device: the host routes what comes and goes */
	struct broadcasts broadcasts; /* of this host's networks; empty of a capture */
	struct link_counters counters;
};

#endif
