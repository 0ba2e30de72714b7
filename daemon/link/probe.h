/* SPDX-License-Identifier: MIT */
/*
 * Is an address free on a link? Address conflict detection for IPv4 (RFC 5227) and duplicate
 * address detection for IPv6 (RFC 4862 5.4), for addresses that the kernel does not own. Frames and
 * bytes only: no socket; time and randomness are arguments.
 */
#ifndef SYNACKD_LINK_PROBE_H
#define SYNACKD_LINK_PROBE_H

#include "base/clock.h"
#include "base/random.h"
#include "wire/addr.h"

#define PROBE_FRAME_MAX 86 /* octets of a frame: an advertisement */

enum probe_state {
	PROBE_ASKING, /* the address must not be used yet */
	PROBE_FREE,   /* it is ours; announcements may still be due */
	PROBE_TAKEN,  /* another station has it, or probes for it, too */
};

struct probe {
	struct addr address;
	uint8_t mac[6];     /* our link address */
	uint8_t state;      /* enum probe_state */
	bool kept;          /* it stays ours, also when another station claims it */
	bool disputed;      /* another station claimed it at `disputed_at` */
	uint8_t sent;       /* probes; once it is free, announcements */
	uint8_t rival[6];   /* the link address of the other station, if TAKEN or disputed */
	nstime due;         /* of the next step; NS_NEVER: there is none */
	nstime disputed_at; /* RFC 5227 2.4 (b) */
};

/* Ask for an address, from now on. */
void probe_begin(struct probe *p, const struct addr *address, const uint8_t mac[6], nstime now,
		 struct rng *rng);
/* An address that is ours without asking. It is not announced, but defended. */
void probe_keep(struct probe *p, const struct addr *address, const uint8_t mac[6]);
/* The link does not carry frames: the step that is due is put off. */
void probe_put_off(struct probe *p, nstime now);

/*
 * Take the step that is due by now. Returns the length of the frame to be sent, in `frame`; 0:
 * nothing is to be sent. When the state becomes FREE nothing is sent: the address is to be used
 * first, and then its announcement is due at once.
 */
size_t probe_step(struct probe *p, nstime now, struct rng *rng, uint8_t frame[PROBE_FRAME_MAX]);

/* A frame of another station that speaks of an address. */
struct sighting {
	struct addr address;
	uint8_t mac[6];
	bool claims; /* it has the address; else it asks whether that is free */
};

/* Read a frame without a VLAN tag. False: it says nothing of the kind, or is not valid. */
bool sighting_read(const uint8_t *frame, size_t len, struct sighting *out);

/* Does the sighting conflict with our use of the address, or with our asking for it? */
bool probe_conflicts(const struct probe *p, const struct sighting *s);
/*
 * Handle a sighting that conflicts: while we ask, the address is TAKEN. One that is ours is
 * defended once in 10 s; at a second claim within that time it is given up (RFC 5227 2.4 (b)),
 * unless it is kept. Returns the length of the frame to be sent, as probe_step.
 */
size_t probe_handle_conflict(struct probe *p, const struct sighting *s, nstime now,
			     uint8_t frame[PROBE_FRAME_MAX]);

#endif
